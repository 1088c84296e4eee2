/**
 * What one commit costs at 25,000 rows, from the delivery of its messages to the head that names its blocks: gathering and
 * committing in one invocation, as when a batch seals its sum. What the posts cost is not in it.
 */
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import { uniform } from "../../../src/domain/random.ts";
import { pickRows } from "../community.ts";
import { billedMs } from "../dollars.ts";
import { contextOf, loadHandler, queueEvent } from "../invocations.ts";
import { addUsage, nothingUsed, sqsRequestsOf, startMeter, stopMeter, type Usage } from "../meter.ts";
import { prices } from "../prices.ts";
import { median } from "../report.ts";
import type { Stores } from "../stores.ts";
import { makePeople, userOf } from "./people.ts";

const MEMBERS = 25_000;
const FACTORS = 16;
const COMMUNITY = "commits";
const SENDERS = 5;
const BURST_GRADIENTS = 1_000;
const REPEATS = 5;
const MESSAGES_PER_RECEIVE = 10;

export interface CommitFigures {
  what: string;
  usage: Usage;
  commits: number;
  dollars: number;
}

async function bodiesOf(count: number, rowsEach: number, seed: number): Promise<string[]> {
  const { gradientMessageBody } = await import("../../../src/infra/gradient-queue.ts");
  const { senderOf } = await import("../../../src/infra/sender-tags.ts");
  const senders = await Promise.all(Array.from({ length: count }, (_, n) => senderOf(COMMUNITY, userOf(n))));
  const random = uniform(seed);
  return Array.from({ length: count }, (_, n) => {
    const rows = Uint32Array.from(pickRows(random, MEMBERS, rowsEach));
    const values = Int8Array.from({ length: rows.length * (FACTORS + 1) }, () => 256 * random() - 128);
    const data = { kind: "i8" as const, values, scales: new Float32Array(rows.length).fill(0.01) };
    const gradient = {
      id: createUuidV7(Date.now(), random),
      modelVersion: 0,
      width: FACTORS + 1,
      rows,
      data,
    };
    return gradientMessageBody({ community: COMMUNITY, sender: senders[n], gradient })!;
  });
}

/** Lambda has ten messages a receive, and deletes them so; a request is billed by 64 KB. */
function deliveryOf(bodies: readonly string[]): number {
  let requests = 0;
  for (let from = 0; from < bodies.length; from += MESSAGES_PER_RECEIVE)
    requests += sqsRequestsOf(bodies.slice(from, from + MESSAGES_PER_RECEIVE)) + 1;
  return requests;
}

function dollarsOf(used: Usage, memoryMb: number): number {
  const seconds = billedMs({ ...used, cpuMs: [median(used.cpuMs)] }, memoryMb, 1) / 1000;
  return (
    prices.lambdaRequest +
    seconds * (memoryMb / 1024) * prices.lambdaGbSecond +
    used.sqsRequests * prices.sqsRequest +
    used.writeUnits * prices.writeUnit +
    used.readUnits * prices.readUnit +
    used.s3Writes * prices.s3Write +
    used.s3Reads * prices.s3Read
  );
}

/** Of one commit, from so many. */
function meanOf(used: Usage, commits: number): Usage {
  const counts = Object.entries(used).filter(([, value]) => typeof value === "number") as [string, number][];
  const means = Object.fromEntries(counts.map(([name, value]) => [name, value / commits]));
  return { ...used, ...means, writeUnitsMost: used.writeUnitsMost };
}

export async function measureCommits({ template }: Stores, seed: number): Promise<CommitFigures[]> {
  await makePeople(COMMUNITY, MEMBERS, { sumSecondsMin: 0, stalenessVersionsMax: 1_000_000 }, seed);
  const apply = await loadHandler("apply-gradients");
  const memoryMb = template.functions["apply-gradients"].memorySize!;
  const meter = startMeter();
  const measure = async (what: string, gradients: number, rowsEach: number, repeats: number) => {
    const total = nothingUsed();
    for (let n = 0; n <= repeats; n++) {
      const bodies = await bodiesOf(gradients, rowsEach, seed + n);
      const used = { ...nothingUsed(), sqsRequests: deliveryOf(bodies) };
      await meter(used, () => apply(queueEvent(bodies), contextOf()));
      if (n > 0) addUsage(total, used); // the first fills the instance's memory
    }
    const usage = meanOf(total, repeats);
    return { what, usage, commits: repeats, dollars: dollarsOf(usage, memoryMb) };
  };
  try {
    return [
      await measure(`sparse: ${SENDERS} gradients of 64 rows`, SENDERS, 64, REPEATS),
      await measure(`dense: ${SENDERS} gradients of all rows`, SENDERS, MEMBERS, REPEATS),
      await measure(`burst: ${BURST_GRADIENTS} gradients of 64 rows`, BURST_GRADIENTS, 64, 1),
    ];
  } finally {
    stopMeter();
  }
}
