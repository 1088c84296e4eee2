/**
 * What serverless.yml bundles in place of parts of the AWS SDK that are mostly for other places than our Lambdas: 169 of the
 * 360 KB of DynamoDB and SQS, and half of what importing them costs a cold start.
 */
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";

/**
 * For @aws-sdk/credential-provider-node. Lambda puts the credentials into the environment; the other sources (profiles,
 * single sign-on, instance metadata) bring an STS client of their own.
 */
export const defaultProvider = () => async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? "",
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? "",
  sessionToken: process.env.AWS_SESSION_TOKEN,
});

/**
 * For @smithy/core/checksum, whose classes carry a JavaScript of their own for where node:crypto is missing. Signatures are
 * all that is hashed: HMAC where there is a secret.
 */
export class Sha256 {
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret ? createHmac("sha256", secret as string | Uint8Array) : createHash("sha256");
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** Named by SQS, which src/infra/aws.ts tells to check none. */
export class Md5 {}

/** For @aws-sdk/middleware-endpoint-discovery, which DynamoDB leaves off unless asked for. */
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = { environmentVariableSelector: () => false };

// For @smithy/core/config, which reads settings from the environment, from files and from the machine's metadata. A Lambda
// has the first alone.

type Environment = Record<string, string | undefined>;

interface Setting<Value> {
  environmentVariableSelector: (environment: Environment, options?: object) => Value | undefined;
  default?: Value | (() => Promise<Value>);
}

interface Regional {
  region: string | (() => Promise<string>);
  useFipsEndpoint: boolean | (() => Promise<boolean>);
}

export const provided = async <Value>(given: Value | (() => Promise<Value>)): Promise<Value> =>
  typeof given === "function" ? (given as () => Promise<Value>)() : given;

export const loadConfig =
  <Value>({ environmentVariableSelector, default: otherwise }: Setting<Value>, options?: object) =>
  async (): Promise<Value | undefined> =>
    environmentVariableSelector(process.env, options) ?? provided(otherwise);

export const booleanSelector = (environment: Environment, name: string): boolean | undefined =>
  environment[name] === undefined ? undefined : environment[name] === "true";

export const resolveRegionConfig = <Config extends Regional>(config: Config) => {
  const { region, useFipsEndpoint } = config;
  return Object.assign(config, {
    region: () => provided(region),
    useFipsEndpoint: () => provided(useFipsEndpoint),
  });
};

/** The one that nobody has asked for another. */
export const resolveDefaultsModeConfig = () => async () => "legacy";

export const NODE_REGION_CONFIG_OPTIONS = {
  environmentVariableSelector: ({ AWS_REGION }: Environment) => AWS_REGION,
};
export const NODE_REGION_CONFIG_FILE_OPTIONS = {};
export const NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS = {
  environmentVariableSelector: (of: Environment) => booleanSelector(of, "AWS_USE_DUALSTACK_ENDPOINT"),
  default: false,
};
export const NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS = {
  environmentVariableSelector: (of: Environment) => booleanSelector(of, "AWS_USE_FIPS_ENDPOINT"),
  default: false,
};
export const REGION_ENV_NAME = "AWS_REGION";
export const REGION_INI_NAME = "region";
export class ProviderError extends Error {}
export const SelectorType = { ENV: "env", CONFIG: "config" } as const;
export const CONFIG_PREFIX_SEPARATOR = ".";

// For @smithy/core/event-streams nothing is needed: neither service has an operation with an event stream.
