/** Sets up the event sources of serverless.yml: which queue, stream or schedule wakes which function. */

import type { LocalFunction } from "../functions.ts";
import type { DynamoDb } from "../services/dynamodb.ts";
import type { Queues } from "../services/queues.ts";
import { type Resources, resolveIntrinsic } from "../template/resources.ts";
import type { SqsEventSource, StreamEventSource, Template } from "../template/template.ts";
import type { Json } from "../template/variables.ts";
import { openCheckpoints } from "./checkpoints.ts";
import type { EventSource } from "./event-source.ts";
import { driveSchedule, type ScheduleClock } from "./event-source-schedule.ts";
import { driveQueue } from "./event-source-sqs.ts";
import { driveStream } from "./event-source-stream.ts";

export interface MappingParts {
  template: Template;
  functions: Map<string, LocalFunction>;
  resources: Resources;
  database: DynamoDb;
  queues: Queues;
  dataDir?: string;
  scheduleClock?: ScheduleClock;
  log: (line: string) => void;
}

/** Starts every mapping of the template. */
export function driveMappings(parts: MappingParts): EventSource[] {
  const { template, functions, resources, database, queues, scheduleClock: clock, log } = parts;
  const { region } = template.provider;
  const checkpoints = openCheckpoints(parts.dataDir);

  function queueOf(arn: Json): { queueArn: string; queueUrl: string } {
    const queueArn = resolveIntrinsic(arn, resources);
    const queue = [...resources.values()].find(({ attributes }) => attributes.Arn === queueArn);
    if (!queue?.attributes.QueueUrl)
      throw new Error(`serverless.yml: ${queueArn} is no queue of this system`);
    return { queueArn, queueUrl: queue.attributes.QueueUrl };
  }

  function driveSqs(properties: SqsEventSource, fn: LocalFunction): EventSource {
    return driveQueue({ properties, ...queueOf(properties.arn), region, wire: queues.wire, fn, log });
  }

  function driveDynamoDb(properties: StreamEventSource, fn: LocalFunction): EventSource {
    const destination = properties.destinations && queueOf(properties.destinations.onFailure.arn);
    return driveStream({
      properties,
      streamArn: resolveIntrinsic(properties.arn, resources),
      region,
      wire: database.wire,
      fn,
      checkpoints,
      async sendFailure(document) {
        if (!destination) return;
        const input = { QueueUrl: destination.queueUrl, MessageBody: JSON.stringify(document) };
        await queues.wire.call("AmazonSQS", "SendMessage", input);
      },
      log,
    });
  }

  return Object.entries(template.functions).flatMap(([name, { events }]) => {
    const fn = functions.get(name)!;
    return events.flatMap(({ sqs, stream, schedule }) => [
      ...(sqs ? [driveSqs(sqs, fn)] : []),
      ...(stream ? [driveDynamoDb(stream, fn)] : []),
      ...(schedule?.rate ?? []).map((firings) => driveSchedule({ name, firings, region, fn, clock })),
    ]);
  });
}
