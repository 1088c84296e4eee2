/**
 * Reads serverless.yml and checks it: what the local runtime does not do fails here, by name, instead of behaving
 * otherwise than on AWS. Properties without a local effect (roles, tracing, alarms, encryption) are listed as such.
 */
import { readFileSync } from "node:fs";
import type { CreateTableCommandInput, StreamViewType } from "@aws-sdk/client-dynamodb";
import { parseDocument } from "yaml";
import { z } from "zod";
import { corsSchema } from "../gateway/cors.ts";
import { readScheduleExpression } from "../mappings/schedule-expression.ts";
import { type Json, resolveVariables } from "./variables.ts";

/** Without effect on one machine. */
const ignored = z.unknown().optional();
/** May hold intrinsics (`!Ref`, `!GetAtt`, `!Sub`); see resources.ts. */
const intrinsic = z.custom<Json>((value) => value !== undefined);

const httpApi = z.strictObject({
  method: z.string().transform((method) => method.toUpperCase()),
  path: z.string(),
  authorizer: z.string().optional(),
});
const sqs = z
  .strictObject({
    arn: intrinsic,
    batchSize: z.int().min(1).max(10_000).default(10),
    /** Seconds. */
    maximumBatchingWindow: z.int().min(0).max(300).default(0),
    maximumConcurrency: z.int().min(2).max(1000).optional(),
    functionResponseType: z.literal("ReportBatchItemFailures").optional(),
    enabled: z.literal(true).optional(),
  })
  .refine(
    ({ batchSize, maximumBatchingWindow }) => batchSize <= 10 || maximumBatchingWindow >= 1,
    "a batchSize over 10 needs a maximumBatchingWindow",
  );
const stream = z.strictObject({
  type: z.literal("dynamodb"),
  arn: intrinsic,
  startingPosition: z.enum(["TRIM_HORIZON", "LATEST"]).default("TRIM_HORIZON"),
  batchSize: z.int().min(1).max(10_000).default(10),
  /** The local runtime has one lane a shard. */
  parallelizationFactor: z.int().min(1).max(10).default(1),
  /** -1: until the record expires. */
  maximumRetryAttempts: z.int().min(-1).max(10_000).default(-1),
  bisectBatchOnFunctionError: z.boolean().default(false),
  functionResponseType: z.literal("ReportBatchItemFailures").optional(),
  filterPatterns: z.array(z.record(z.string(), z.custom<Json>())).optional(),
  destinations: z
    .strictObject({ onFailure: z.strictObject({ type: z.literal("sqs"), arn: intrinsic }) })
    .optional(),
  enabled: z.literal(true).optional(),
});
const schedule = z.strictObject({
  method: z.literal("scheduler"),
  rate: z.array(
    z.string().transform((text, context) => {
      const firings = readScheduleExpression(text);
      if (firings) return firings;
      context.addIssue(`"${text}" is neither rate(...) nor a cron(...) that chooses minutes alone`);
      return z.NEVER;
    }),
  ),
  description: ignored,
});
const event = z.strictObject({
  httpApi: httpApi.optional(),
  sqs: sqs.optional(),
  stream: stream.optional(),
  schedule: schedule.optional(),
});

const functionSchema = z.strictObject({
  handler: z.string(),
  events: z.array(event).default([]),
  /** Seconds. */
  timeout: z.int().min(1).max(900).optional(),
  /** MB. */
  memorySize: z.int().optional(),
  description: ignored,
  /** Roles: scripts/deploy/function-roles.ts. */
  may: ignored,
  /** Files beside the code: on one machine all are there. */
  package: ignored,
  tags: ignored,
  tracing: ignored,
  logs: ignored,
});

const authorizer = z.strictObject({
  type: z.literal("jwt"),
  identitySource: z.literal("$request.header.Authorization"),
  issuerUrl: z.string(),
  audience: z.array(z.string()).min(1),
});

const providerSchema = z.strictObject({
  region: z.string(),
  timeout: z.int().default(6),
  memorySize: z.int().default(1024),
  environment: z.record(z.string(), intrinsic).default({}),
  httpApi: z
    .strictObject({
      authorizers: z.record(z.string(), authorizer).default({}),
      cors: corsSchema.optional(),
      metrics: ignored,
    })
    .default({ authorizers: {} }),
  name: z.literal("aws"),
  stage: ignored,
  runtime: ignored,
  architecture: ignored,
  versionFunctions: ignored,
  logRetentionInDays: ignored,
  logs: ignored,
  tracing: ignored,
  iam: ignored,
  tags: ignored,
  stackTags: ignored,
  deploymentBucket: ignored,
  deploymentMethod: ignored,
  deletionProtection: ignored,
});

// What CreateTable takes is passed through: the database checks it.
const tableSchema = z.strictObject({
  TableName: z.string().optional(),
  AttributeDefinitions: z.custom<CreateTableCommandInput["AttributeDefinitions"]>(),
  KeySchema: z.custom<CreateTableCommandInput["KeySchema"]>(),
  BillingMode: z.custom<CreateTableCommandInput["BillingMode"]>().optional(),
  ProvisionedThroughput: z.custom<CreateTableCommandInput["ProvisionedThroughput"]>().optional(),
  GlobalSecondaryIndexes: z.custom<CreateTableCommandInput["GlobalSecondaryIndexes"]>().optional(),
  LocalSecondaryIndexes: z.custom<CreateTableCommandInput["LocalSecondaryIndexes"]>().optional(),
  StreamSpecification: z.strictObject({ StreamViewType: z.custom<StreamViewType>() }).optional(),
  TimeToLiveSpecification: z.strictObject({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
  SSESpecification: ignored,
  PointInTimeRecoverySpecification: ignored,
  DeletionProtectionEnabled: ignored,
  Tags: ignored,
});

const queueSchema = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.int().default(30),
  DelaySeconds: z.int().optional(),
  MaximumMessageSize: z.int().optional(),
  MessageRetentionPeriod: z.int().optional(),
  ReceiveMessageWaitTimeSeconds: z.int().optional(),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: intrinsic, maxReceiveCount: z.int() }).optional(),
  RedriveAllowPolicy: ignored,
  SqsManagedSseEnabled: ignored,
  Tags: ignored,
});

const corsRule = z.strictObject({
  AllowedOrigins: z.array(z.string()),
  AllowedMethods: z.array(z.string()),
  AllowedHeaders: z.array(z.string()),
  /** Seconds. */
  MaxAge: z.int().optional(),
});
/** One rule, by the words of `provider.httpApi.cors`. */
const bucketCors = z.strictObject({ CorsRules: z.tuple([corsRule]) }).transform(({ CorsRules: [rule] }) => {
  const { AllowedOrigins, AllowedMethods, AllowedHeaders, MaxAge } = rule;
  return {
    allowedOrigins: AllowedOrigins,
    allowedMethods: AllowedMethods,
    allowedHeaders: AllowedHeaders,
    maxAge: MaxAge,
  };
});

const bucketSchema = z.strictObject({
  BucketName: z.string().optional(),
  CorsConfiguration: bucketCors.optional(),
  BucketEncryption: ignored,
  PublicAccessBlockConfiguration: ignored,
  OwnershipControls: ignored,
  LifecycleConfiguration: ignored,
  Tags: ignored,
});

const busSchema = z.strictObject({ Name: z.string(), Tags: ignored });

/** Watching and permissions; none of them changes what the system answers. */
const ignoredTypes =
  /^AWS::(CloudWatch::|Logs::|IAM::|SNS::Topic(Policy)?$|SNS::Subscription$|SQS::QueuePolicy$)/;

const fileSchema = z.strictObject({
  service: z.string(),
  provider: providerSchema,
  functions: z.record(z.string(), functionSchema),
  resources: z.strictObject({
    Resources: z.record(
      z.string(),
      z.looseObject({ Type: z.string(), Properties: z.custom<Json>().optional() }),
    ),
    Outputs: ignored,
    Parameters: ignored,
    Conditions: ignored,
    extensions: ignored,
  }),
});
const withoutLocalEffect = [
  "frameworkVersion",
  "configValidationMode",
  "plugins",
  "params",
  "package",
  "custom",
];

export type HttpApiEvent = z.infer<typeof httpApi>;
export type SqsEventSource = z.infer<typeof sqs>;
export type StreamEventSource = z.infer<typeof stream>;
export type JwtAuthorizer = z.infer<typeof authorizer>;
export type FunctionTemplate = z.infer<typeof functionSchema>;
export type TableProperties = z.infer<typeof tableSchema>;
export type QueueProperties = z.infer<typeof queueSchema>;
export type BucketProperties = z.infer<typeof bucketSchema>;
export type BusProperties = z.infer<typeof busSchema>;

export interface Template {
  service: string;
  stage: string;
  provider: z.infer<typeof providerSchema>;
  functions: Record<string, FunctionTemplate>;
  /** By logical id. */
  tables: Record<string, TableProperties>;
  queues: Record<string, QueueProperties>;
  buckets: Record<string, BucketProperties>;
  buses: Record<string, BusProperties>;
}

export interface TemplateOptions {
  stage?: string;
  /** Win over the parameters of the file. */
  params?: Record<string, string | number>;
}

/** Reads the serverless.yml at `path` for a stage (default `local`). Throws one line that names what is wrong. */
export function readTemplate(path: string, options: TemplateOptions = {}): Template {
  const stage = options.stage ?? "local";
  const file = parseYaml(readFileSync(path, "utf8"));
  const params = (file.params ?? {}) as Record<string, Record<string, Json>>;
  const used = Object.fromEntries(Object.entries(file).filter(([key]) => !withoutLocalEffect.includes(key)));
  const resolved = resolveVariables(used, {
    file,
    stage,
    params: { ...params.default, ...params[stage], ...options.params },
    options: { stage },
  });
  const { service, provider, functions, resources } = check(fileSchema, resolved, []);
  const template: Template = {
    service,
    stage,
    provider,
    functions,
    tables: {},
    queues: {},
    buckets: {},
    buses: {},
  };
  for (const [id, { Type, Properties }] of Object.entries(resources.Resources)) {
    const where = ["resources", "Resources", id];
    if (Type === "AWS::DynamoDB::Table") template.tables[id] = check(tableSchema, Properties, where);
    else if (Type === "AWS::SQS::Queue") template.queues[id] = check(queueSchema, Properties ?? {}, where);
    else if (Type === "AWS::S3::Bucket") template.buckets[id] = check(bucketSchema, Properties ?? {}, where);
    else if (Type === "AWS::Events::EventBus") template.buses[id] = check(busSchema, Properties, where);
    else if (!ignoredTypes.test(Type)) throw new Error(`serverless.yml: ${id}: no local ${Type}`);
  }
  return template;
}

const intrinsicTags = [
  { tag: "!Ref", resolve: (text: string) => ({ Ref: text }) },
  { tag: "!GetAtt", resolve: (text: string) => ({ "Fn::GetAtt": text.split(/\.(.*)/s).slice(0, 2) }) },
  { tag: "!Sub", resolve: (text: string) => ({ "Fn::Sub": text }) },
  ...["If", "Not", "Equals"].map((name) => ({
    tag: `!${name}`,
    collection: "seq" as const,
    resolve: (sequence: { toJSON(): unknown }) => ({ [`Fn::${name}`]: sequence.toJSON() }),
  })),
];

function parseYaml(text: string): Record<string, Json> {
  const document = parseDocument(text, { customTags: intrinsicTags, merge: true });
  const problem = document.errors[0] ?? document.warnings[0]; // an unknown tag is a warning
  if (problem) throw new Error(`serverless.yml: ${problem.message}`);
  return document.toJS();
}

function check<T extends z.ZodType>(schema: T, value: unknown, where: string[]): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new Error(`serverless.yml: ${[...where, ...path].join(".")}: ${message} (local runtime)`);
}
