/**
 * SQS and S3 for one machine: fauxqs in a worker thread, its queues and buckets made from serverless.yml with the real calls.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Cors } from "../gateway/cors.ts";
import { accountId, type Resources, resolveIntrinsic } from "../template/resources.ts";
import type { QueueProperties, Template } from "../template/template.ts";
import { AwsError, type AwsWire, awsWire } from "./aws-wire.ts";
import { portFor } from "./ports.ts";

export interface Queues {
  url: string;
  wire: AwsWire;
  /** From now on pages of other origins may call the bucket. */
  allowPages(bucket: string, cors: Cors): void;
  stop(): Promise<void>;
}

/** Starts the server of queues and buckets, in memory or in `dataDir`. */
export async function startQueues(region: string, dataDir?: string): Promise<Queues> {
  const port = await portFor("sqs");
  const worker = new Worker(new URL("./queues-worker.ts", import.meta.url), {
    workerData: { port, region, dataDir },
  });
  await once(worker, "message"); // rejects on the worker's "error"
  const url = `http://127.0.0.1:${port}`;
  const wire = awsWire(url, region);
  return {
    url,
    wire,
    allowPages: (bucket, cors) => worker.postMessage({ bucket, cors }),
    async stop() {
      wire.close();
      const ended = once(worker, "exit");
      worker.postMessage("stop");
      await ended;
    },
  };
}

/** Makes the queues of the template that are not there yet, and adds them to `resources`. */
export async function createQueues(template: Template, { url, wire }: Queues, resources: Resources) {
  const { region } = template.provider;
  const queues = Object.entries(template.queues);
  // All names first: a redrive policy points at the ARN of another queue.
  for (const [id, properties] of queues) {
    const name = properties.QueueName ?? `${template.service}-${template.stage}-${id}`;
    const ref = `${url}/${accountId}/${name}`;
    const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
    resources.set(id, { ref, attributes: { Arn: arn, QueueName: name, QueueUrl: ref } });
  }
  await Promise.all(
    queues.map(async ([id, properties]) => {
      const { ref, attributes } = resources.get(id)!;
      await createQueue(wire, ref, attributes.QueueName, attributesOf(properties, resources));
    }),
  );
}

/** Makes the buckets of the template that are not there yet, and adds them to `resources`. */
export async function createBuckets(
  template: Template,
  { url, allowPages }: Queues,
  resources: Resources,
): Promise<void> {
  for (const [id, { BucketName, CorsConfiguration }] of Object.entries(template.buckets)) {
    const name = BucketName ?? `${template.service}-${template.stage}-${id}`.toLowerCase();
    const response = await fetch(`${url}/${name}`, { method: "PUT" });
    if (!response.ok && response.status !== 409)
      throw new Error(`no bucket ${name}: ${await response.text()}`);
    if (CorsConfiguration) allowPages(name, CorsConfiguration);
    resources.set(id, { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } });
  }
}

async function createQueue(wire: AwsWire, url: string, name: string, attributes: Record<string, string>) {
  try {
    await wire.call("AmazonSQS", "CreateQueue", { QueueName: name, Attributes: attributes });
  } catch (error) {
    // Kept in the data directory with other attributes: a parameter has changed since.
    if (!(error instanceof AwsError && error.type === "QueueNameExists")) throw error;
    await wire.call("AmazonSQS", "SetQueueAttributes", { QueueUrl: url, Attributes: attributes });
  }
}

function attributesOf(properties: QueueProperties, resources: Resources): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of [
    "VisibilityTimeout",
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
  ] as const) {
    if (properties[name] !== undefined) attributes[name] = String(properties[name]);
  }
  if (properties.RedrivePolicy) {
    const { deadLetterTargetArn, maxReceiveCount } = properties.RedrivePolicy;
    const arn = resolveIntrinsic(deadLetterTargetArn, resources);
    attributes.RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount });
  }
  return attributes;
}
