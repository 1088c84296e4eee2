/**
 * What serverless.yml bundles in place of those parts of the AWS SDK that no Lambda of ours reaches: 163 of the 360 KB of
 * DynamoDB and SQS, and half of what importing them costs a cold start.
 */

/**
 * For @aws-sdk/credential-provider-node. Lambda puts the credentials into the environment; the other sources (profiles,
 * single sign-on, instance metadata) bring an STS client of their own.
 */
export const defaultProvider = () => async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? "",
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? "",
  sessionToken: process.env.AWS_SESSION_TOKEN,
});

/** For @aws-sdk/endpoint-cache, of endpoint discovery, which is off unless asked for. */
export class EndpointCache {}

// For @smithy/core/event-streams nothing is needed: neither service has an operation with an event stream.
