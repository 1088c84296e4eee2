/**
 * The tick of sums: woken each minute by the schedule in serverless.yml, it seals and commits what is due. A tick that comes twice, late or never does no harm: what is due is read, not told.
 */
import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import { shuffle } from "../domain/random.ts";
import { count } from "../infra/metrics.ts";
import { readDueSums } from "../infra/sum-store.ts";
import { commitSums } from "./steps/commit-sums.ts";
import { COMMITS_AT_ONCE_MAX, eachInTime } from "./steps/consume.ts";
import { writesMetrics } from "./steps/log.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;

/** Who fails, or finds no time, stays due. The order is drawn by lot, so that it is not the same ones each time. */
export const handler = middy<Tick, void>(writesMetrics).handler(async (_, context) => {
  const due = shuffle(await readDueSums(Date.now()), Math.random);
  const left = new Set(due);
  const work = (community: string) => commitSums(community).then(() => void left.delete(community));
  await eachInTime(due, context, work, COMMITS_AT_ONCE_MAX);
  count("SumsStalled", left.size);
});
