/**
 * What serverless.yml bundles in place of @smithy/core/retry: the same without its adaptive mode, which
 * nobody has asked for and which brings a rate limiter of its own. Each function is 3.5 KB smaller. By its
 * path, the package is not replaced again.
 */
// @ts-expect-error: the package has types of its exports alone
import { StandardRetryStrategy } from "../../node_modules/@smithy/core/dist-es/submodules/retry/index.js";
import { provided } from "./sdk-stand-ins.ts";

// @ts-expect-error: as above
// biome-ignore lint/performance/noBarrelFile: it stands in for a whole module
export * from "../../node_modules/@smithy/core/dist-es/submodules/retry/index.js";

interface Retrying {
  maxAttempts: number | (() => Promise<number>);
}

/** Each client has set `maxAttempts` by now, from its options or the environment. */
export function resolveRetryConfig<Config extends Retrying>(
  config: Config,
  { defaultBaseDelay: baseDelay }: { defaultBaseDelay?: number } = {},
) {
  const { maxAttempts: given } = config;
  const maxAttempts = () => provided(given);
  const makeStrategy = async () => new StandardRetryStrategy({ maxAttempts: await maxAttempts(), baseDelay });
  let strategy: Promise<unknown> | undefined;
  return Object.assign(config, { maxAttempts, retryStrategy: () => (strategy ??= makeStrategy()) });
}
