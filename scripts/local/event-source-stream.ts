/**
 * Drives a DynamoDB stream mapping as Lambda's pollers do, one loop a shard, records of a shard in order:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import type { Checkpoints } from "./checkpoints.ts";
import { type EventSource, pause } from "./event-source.ts";
import { filterPattern } from "./filter-pattern.ts";
import type { LocalFunction } from "./functions.ts";
import { deliverInOrder } from "./stream-delivery.ts";
import type { StreamEventSource } from "./template.ts";

// AWS polls an idle shard 4 times a second; a local user waits for each poll, so here it is 10 times.
const idlePollMs = 100;
// A new shard may appear (AWS: about every 4 hours).
const describeEveryMs = 10_000;
// GetRecords's own limit.
const recordsPerCallMax = 1000;

export interface StreamMapping {
  properties: StreamEventSource;
  streamArn: string;
  region: string;
  client: DynamoDBStreamsClient;
  fn: LocalFunction;
  checkpoints: Checkpoints;
  /** Sends a document to the onFailure destination. */
  sendFailure?: (document: object) => Promise<void>;
  log: (line: string) => void;
}

/** The state of a shard's loop. */
interface Shard {
  /** Reads begun so far; the number of the last one that found the shard's end. */
  reads: number;
  endSeenBy: number;
  /** It is handling records. */
  busy: boolean;
  /** Cuts the pause between two reads short. */
  wake: () => void;
}

export function driveStream(mapping: StreamMapping): EventSource {
  const stopping = new AbortController();
  const shards = new Map<string, Shard>();
  const loops: Promise<void>[] = [];

  async function describe(): Promise<void> {
    const { StreamDescription } = await mapping.client.send(
      new DescribeStreamCommand({ StreamArn: mapping.streamArn }),
    );
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      if (!ShardId || shards.has(ShardId)) continue;
      const shard = { reads: 0, endSeenBy: 0, busy: false, wake: () => {} };
      shards.set(ShardId, shard);
      loops.push(readShard(mapping, ShardId, shard, stopping.signal));
    }
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await describe();
      } catch (error) {
        if (!stopping.signal.aborted) mapping.log(`${mapping.streamArn}: ${String(error)}`);
      }
      // Until the table's first write dynoxide may list no shard.
      await pause(shards.size === 0 ? idlePollMs : describeEveryMs, stopping.signal);
    }
  }

  const watching = watch();
  return {
    /** A read that began after the call must have found the end. */
    async isIdle() {
      const before = [...shards.values()].map((shard) => ({ shard, reads: shard.reads }));
      for (const { shard, reads } of before) {
        while (shard.endSeenBy <= reads && !shard.busy && !stopping.signal.aborted) {
          shard.wake();
          await pause(2, stopping.signal);
        }
      }
      return before.every(({ shard }) => !shard.busy);
    },
    async stop() {
      stopping.abort();
      await watching;
      await Promise.all(loops);
    },
  };
}

async function readShard(
  mapping: StreamMapping,
  shardId: string,
  shard: Shard,
  signal: AbortSignal,
): Promise<void> {
  const matches = mapping.properties.filterPatterns?.map(filterPattern);
  let iterator: string | undefined;
  while (!signal.aborted) {
    try {
      iterator ??= await firstIterator(mapping, shardId);
      shard.reads += 1;
      const page = await mapping.client.send(
        new GetRecordsCommand({
          ShardIterator: iterator,
          Limit: Math.min(recordsPerCallMax, mapping.properties.batchSize),
        }),
      );
      const records = (page.Records ?? []).map((record) => recordOf(record, mapping));
      if (records.length === 0) {
        shard.endSeenBy = shard.reads;
        if (!page.NextShardIterator) return; // the shard is closed and read
        const woken = new Promise<void>((resolve) => {
          shard.wake = resolve;
        });
        await Promise.race([pause(idlePollMs, signal), woken]);
        continue;
      }
      shard.busy = true;
      const wanted = matches ? records.filter((record) => matches.some((match) => match(record))) : records;
      if (!(await deliverInOrder(mapping, shardId, wanted, signal))) return; // the next start reads them again
      mapping.checkpoints.save(mapping.streamArn, shardId, records.at(-1)!.dynamodb!.SequenceNumber!);
      iterator = page.NextShardIterator;
    } catch (error) {
      if (signal.aborted) return;
      mapping.log(`${mapping.streamArn}: ${String(error)}`);
      iterator = undefined; // expired or trimmed: begin at the checkpoint again
      await pause(1000, signal);
    } finally {
      shard.busy = false;
    }
  }
}

async function firstIterator(mapping: StreamMapping, shardId: string): Promise<string | undefined> {
  const { client, checkpoints, streamArn, properties } = mapping;
  const after = checkpoints.load(streamArn, shardId);
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ...(after
        ? { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }
        : { ShardIteratorType: properties.startingPosition }),
    }),
  );
  return ShardIterator;
}

/** The event's shape: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb */
function recordOf(record: StreamRecord, { streamArn, region }: StreamMapping): DynamoDBRecord {
  const { ApproximateCreationDateTime: created, Keys, NewImage, OldImage, ...change } = record.dynamodb ?? {};
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ...change,
      ...(created && { ApproximateCreationDateTime: Math.floor(created.getTime() / 1000) }),
      ...(Keys && { Keys: inJson(Keys) }),
      ...(NewImage && { NewImage: inJson(NewImage) }),
      ...(OldImage && { OldImage: inJson(OldImage) }),
    },
    eventSourceARN: streamArn,
  } as DynamoDBRecord;
}

/** Binary values travel as base64 in an event. */
function inJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(inJson);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, inJson(entry)]));
}
