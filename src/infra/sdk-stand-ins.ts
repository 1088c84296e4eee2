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

/** For @aws-sdk/endpoint-cache, of endpoint discovery, which is off unless asked for. */
export class EndpointCache {}

/**
 * For @aws/lambda-invoke-store, which knows the trace of each of several invocations that share a process. Ours do not, and
 * where it knows none the SDK takes the trace from the environment.
 */
export const InvokeStore = { getInstanceAsync: async () => undefined };

// For @smithy/core/event-streams nothing is needed: neither service has an operation with an event stream.
