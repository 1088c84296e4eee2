/**
 * Where the AWS SDK, once bundled, finds its credentials: in the environment, where Lambda puts them. By serverless.yml
 * this file stands in for @aws-sdk/credential-provider-node, whose other sources (profiles, single sign-on, instance
 * metadata, an STS client of their own) no Lambda asks: 136 of the 360 KB of DynamoDB and SQS.
 */
export const defaultProvider = () => async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? "",
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? "",
  sessionToken: process.env.AWS_SESSION_TOKEN,
});
