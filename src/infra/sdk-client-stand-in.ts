/**
 * What serverless.yml bundles in place of @aws-sdk/core/client: 12 KB, most of it tables of regions, the user agent and the
 * logger. Of what it does to a request a Lambda needs the host, which is signed, and the trace, which X-Ray follows.
 */

interface BuildArguments {
  request: { hostname: string; port?: number; headers: Record<string, string> };
}
type Handle = (args: BuildArguments) => Promise<unknown>;
interface Stack {
  add(middleware: (next: Handle) => Handle, options: object): void;
}

/** A plugin whose middleware changes the headers of a request before it is signed. */
const headersPlugin = (name: string, change: (request: BuildArguments["request"]) => void) => () => ({
  applyToStack(stack: Stack) {
    const middleware = (next: Handle) => (args: BuildArguments) => {
      change(args.request);
      return next(args);
    };
    stack.add(middleware, { name, step: "build", priority: "low", override: true });
  },
});

export const getHostHeaderPlugin = headersPlugin(
  "hostHeaderMiddleware",
  ({ hostname, port, headers }) => (headers.host ??= port === undefined ? hostname : `${hostname}:${port}`),
);

export const getRecursionDetectionPlugin = headersPlugin("recursionDetectionMiddleware", ({ headers }) => {
  const { _X_AMZN_TRACE_ID: trace } = process.env;
  if (trace) headers["X-Amzn-Trace-Id"] ??= trace;
});

const noPlugin = () => ({ applyToStack() {} });
export const getLoggerPlugin = noPlugin;
export const getUserAgentPlugin = noPlugin;
export const getLongPollPlugin = noPlugin;

const unchanged = <Config>(config: Config): Config => config;
export const resolveHostHeaderConfig = unchanged;
export const resolveUserAgentConfig = unchanged;
export const setCredentialFeature = unchanged;

/** What extensions of a client could change; it has none. */
export const getAwsRegionExtensionConfiguration = () => ({});
export const resolveAwsRegionExtensionConfiguration = () => ({});

const nothing = () => undefined;
export const createDefaultUserAgentProvider = nothing;
export const emitWarningIfUnsupportedVersion = nothing;
export const getDefaultSocketTimeout = nothing;
export const NODE_APP_ID_CONFIG_OPTIONS = { environmentVariableSelector: nothing };

/** For the rules that make an endpoint of a region; no request of ours names a table or a bucket by its ARN. */
export const awsEndpointFunctions = {
  parseArn: () => null,
  partition: (region: string) => {
    const isInChina = region.startsWith("cn-");
    return {
      name: isInChina ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws",
      dnsSuffix: isInChina ? "amazonaws.com.cn" : "amazonaws.com",
      dualStackDnsSuffix: isInChina ? "api.amazonwebservices.com.cn" : "api.aws",
      supportsFIPS: true,
      supportsDualStack: true,
    };
  },
};
