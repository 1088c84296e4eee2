/**
 * Drives a DynamoDB stream mapping as Lambda's pollers do, one loop a shard, records of a shard in order:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import type { DynamoDBRecord } from "aws-lambda";
import { AwsError, type AwsTarget, type AwsWire } from "../services/aws-wire.ts";
import type { StreamEventSource } from "../template/template.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { type EventSource, pause } from "./event-source.ts";
import { filterPattern } from "./filter-pattern.ts";
import { deliverInOrder, type StreamConsumer } from "./stream-delivery.ts";

// AWS polls an idle shard 4 times a second; a local user waits for each poll, so here it is 10 times.
const idlePollMs = 100;
// A new shard may appear (AWS: about every 4 hours).
const describeEveryMs = 10_000;
// GetRecords's own limit.
const recordsPerCallMax = 1000;

const target: AwsTarget = "DynamoDBStreams_20120810";
/** After these the shard is read from its checkpoint again; TrimmedData: the records are past their 24 hours. */
const lostIterator = new Set(["ExpiredIteratorException", "TrimmedDataAccessException"]);

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html */
interface RecordPage {
  Records: DynamoDBRecord[];
  NextShardIterator?: string;
}

interface StreamMapping extends StreamConsumer {
  region: string;
  wire: AwsWire;
  checkpoints: Checkpoints;
}

interface FilteredMapping extends StreamMapping {
  matches: (record: DynamoDBRecord) => boolean;
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

export function driveStream(options: StreamMapping): EventSource {
  const patterns = options.properties.filterPatterns?.map(filterPattern);
  const mapping: FilteredMapping = {
    ...options,
    matches: (record) => !patterns || patterns.some((matches) => matches(record)),
  };
  const stopping = new AbortController();
  const shards = new Map<string, Shard>();
  const loops: Promise<void>[] = [];

  let startingPosition: StreamEventSource["startingPosition"] = mapping.properties.startingPosition;

  async function describe(): Promise<void> {
    const { StreamDescription } = await mapping.wire.call<{
      StreamDescription: { Shards: { ShardId: string }[] };
    }>(target, "DescribeStream", { StreamArn: mapping.streamArn });
    for (const { ShardId } of StreamDescription.Shards) {
      if (shards.has(ShardId)) continue;
      const shard = { reads: 0, endSeenBy: 0, busy: false, wake: () => {} };
      shards.set(ShardId, shard);
      loops.push(readShard(mapping, ShardId, startingPosition, shard, stopping.signal));
    }
    startingPosition = "TRIM_HORIZON"; // a shard that appears from now on is new from its first record
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await describe();
      } catch (error) {
        if (!stopping.signal.aborted) mapping.log(`${mapping.streamArn}: ${String(error)}`);
      }
      await pause(shards.size === 0 ? idlePollMs : describeEveryMs, stopping.signal);
    }
  }

  const watching = watch();
  return {
    /** A read that began after the call must have found the end. */
    async isIdle() {
      await describe();
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
  mapping: FilteredMapping,
  shardId: string,
  startingPosition: string,
  shard: Shard,
  signal: AbortSignal,
): Promise<void> {
  let iterator: string | undefined;
  while (!signal.aborted) {
    try {
      iterator ??= await firstIterator(mapping, shardId, startingPosition);
      shard.reads += 1;
      const page = await mapping.wire.call<RecordPage>(target, "GetRecords", {
        ShardIterator: iterator,
        Limit: Math.min(recordsPerCallMax, mapping.properties.batchSize),
      });
      const records = page.Records.map((record) => recordOf(record, mapping));
      if (records.length === 0) {
        // Without a next iterator the shard is closed and read.
        shard.endSeenBy = page.NextShardIterator ? shard.reads : Number.POSITIVE_INFINITY;
        if (!page.NextShardIterator) return;
        const woken = new Promise<void>((resolve) => {
          shard.wake = resolve;
        });
        await Promise.race([pause(idlePollMs, signal), woken]);
        continue;
      }
      shard.busy = true;
      const wanted = records.filter(mapping.matches);
      if (!(await deliverInOrder(mapping, shardId, wanted, signal))) return; // the next start reads them again
      mapping.checkpoints.save(checkpointOf(mapping, shardId), records.at(-1)!.dynamodb!.SequenceNumber!);
      iterator = page.NextShardIterator;
    } catch (error) {
      if (signal.aborted) return;
      mapping.log(`${mapping.streamArn}: ${String(error)}`);
      const isLost = error instanceof AwsError && lostIterator.has(error.type);
      if (isLost) iterator = undefined; // begin at the checkpoint again
      await pause(1000, signal);
    } finally {
      shard.busy = false;
    }
  }
}

const checkpointOf = ({ fn, streamArn }: StreamMapping, shardId: string) =>
  `${fn.name} ${streamArn} ${shardId}`;

async function firstIterator(
  mapping: StreamMapping,
  shardId: string,
  startingPosition: string,
): Promise<string> {
  const { wire, checkpoints, streamArn } = mapping;
  const after = checkpoints.load(checkpointOf(mapping, shardId));
  const { ShardIterator } = await wire.call<{ ShardIterator: string }>(target, "GetShardIterator", {
    StreamArn: streamArn,
    ShardId: shardId,
    ...(after
      ? { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }
      : { ShardIteratorType: startingPosition }),
  });
  return ShardIterator;
}

/** The event's shape: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb */
function recordOf(record: DynamoDBRecord, { streamArn, region }: StreamMapping): DynamoDBRecord {
  return { ...record, awsRegion: region, eventSourceARN: streamArn };
}
