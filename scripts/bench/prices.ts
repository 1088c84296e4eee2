/**
 * AWS list prices in dollars, us-east-1, first tier, no free tier, as of November 2026; check them against the page named before
 * you quote a figure that rests on them.
 */
export const prices = {
  /** aws.amazon.com/api-gateway/pricing, HTTP API; a request is metered by 512 KB. */
  httpApiRequest: 1.0e-6,
  /** aws.amazon.com/sqs/pricing, standard queue; a request is metered by 64 KB. */
  sqsRequest: 0.4e-6,
  /** aws.amazon.com/lambda/pricing, arm64. */
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 0.0000133334,
  /** aws.amazon.com/dynamodb/pricing/on-demand, standard table class. */
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  /** aws.amazon.com/s3/pricing, S3 Standard: PUT and LIST, then GET; transfer within the region is free, and so are deletes. */
  s3Write: 5e-6,
  s3Read: 0.4e-6,
} as const;

export const SQS_REQUEST_BYTES = 64 * 1024;

/** Lambda gives one vCPU at 1,769 MB and less in proportion: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MB_PER_VCPU = 1769;

/** Assumed, not measured: a request to DynamoDB or SQS from a Lambda in the same region. */
export const AWS_ROUND_TRIP_MS = 5;
