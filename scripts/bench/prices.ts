/**
 * AWS list prices in dollars, first tier, as of November 2026; check them against the page named before you quote a figure that
 * rests on them. The bench reckons with us-east-1, the region of AWS's own examples, and says what eu-central-1 would be, which
 * serverless.yml deploys to unless told otherwise.
 */
const US_EAST_1 = {
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
  s3Gb: 0.023,
  /** aws.amazon.com/cloudwatch/pricing: a GB of logs taken in, a metric, an alarm's metric, a dashboard. */
  logGb: 0.5,
  metric: 0.3,
  alarm: 0.1,
  dashboard: 3,
  /** aws.amazon.com/eventbridge/pricing, scheduler. */
  scheduledInvocation: 1e-6,
  /** aws.amazon.com/ec2/pricing/on-demand, data transfer out to the internet. */
  transferGb: 0.09,
};

export type Prices = typeof US_EAST_1;
export const prices: Readonly<Prices> = US_EAST_1;

export const EU_CENTRAL_1: Readonly<Prices> = {
  ...US_EAST_1,
  httpApiRequest: 1.2e-6,
  writeUnit: 0.7625e-6,
  readUnit: 0.1525e-6,
  s3Write: 5.4e-6,
  s3Read: 0.43e-6,
  s3Gb: 0.0245,
  logGb: 0.63,
  scheduledInvocation: 1.2e-6,
};

/** What AWS gives each account every month for good, not in its first year alone, and where that is said. */
export const ALWAYS_FREE = {
  /** aws.amazon.com/cloudwatch/pricing */
  logGb: 5,
  alarms: 10,
  metrics: 10,
  dashboards: 3,
  /** aws.amazon.com/sqs/pricing */
  sqsRequests: 1e6,
  /** aws.amazon.com/ec2/pricing/on-demand */
  transferGb: 100,
  /** aws.amazon.com/eventbridge/pricing, scheduler */
  scheduledInvocations: 14e6,
  /** aws.amazon.com/lambda/pricing */
  lambdaRequests: 1e6,
  lambdaGbSeconds: 400_000,
} as const;

export const SQS_REQUEST_BYTES = 64 * 1024;
export const HTTP_API_REQUEST_BYTES = 512 * 1024;

/** Lambda gives one vCPU at 1,769 MB and less in proportion: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MB_PER_VCPU = 1769;

/** Assumed, not measured, from a Lambda in the same region: a request to DynamoDB or SQS, and one to S3 with up to 1 MB. */
export const AWS_ROUND_TRIP_MS = 5;
export const S3_ROUND_TRIP_MS = 25;

/** Assumed: a line of the API's access log. Lambda's own lines are off (systemLogLevel). */
export const ACCESS_LOG_BYTES = 250;
/** An idle queue with a Lambda behind it is polled by five long polls of 20 s each. */
export const IDLE_POLLS_PER_MINUTE = 15;
