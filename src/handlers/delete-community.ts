/**
 * `DELETE C`, and the tick that ends what it began. From the call's mark on the community is there for nobody. The call erases what it
 * can in its time, and the tick the rest, then the mark. Either may die anywhere: what is left is what the next one finds.
 */
import middy from "@middy/core";
import type { Context, EventBridgeEvent } from "aws-lambda";
import { WRITE_RESERVE_MS } from "../domain/limits.ts";
import {
  eraseCommunity,
  markDeleted,
  readDeletedAtMs,
  readDeletedCommunities,
} from "../infra/community-erasure.ts";
import { noteErasure } from "../infra/erasure-list.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, type HttpEvent } from "./http/http.ts";
import { logError, logEvent, writesMetrics } from "./steps/log.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;

async function erase(community: string, context: Context): Promise<void> {
  const deletedAtMs = await readDeletedAtMs(community);
  if (deletedAtMs === null) return;
  const mustStop = () => context.getRemainingTimeInMillis() < WRITE_RESERVE_MS;
  const isGone = await eraseCommunity(community, deletedAtMs, Date.now(), mustStop);
  logEvent("delete-community", { community, isGone });
}

const onCall = endpoint(async (event, context) => {
  const { head, request } = await readOperatorRequest(event);
  await noteErasure(head.community, "community", "all", request.nowMs);
  await markDeleted(head, request.nowMs);
  await erase(head.community, context).catch((error) => logError(error, context)); // the tick does it too
  return { status: 204 };
});

/** One community after another; what fails, and what there is no time for, waits for the next tick. */
const onTick = middy<Tick, void>(writesMetrics).handler(async (_, context) => {
  let failures = 0;
  for (const community of await readDeletedCommunities()) {
    if (context.getRemainingTimeInMillis() < WRITE_RESERVE_MS) break;
    await erase(community, context).catch((error) => {
      failures++;
      logError(error, context);
    });
  }
  if (failures > 0) throw new Error(`${failures} communities were not erased`); // Lambda counts it
});

export const handler = (event: HttpEvent | Tick, context: Context) =>
  "requestContext" in event ? onCall(event, context) : onTick(event, context);
