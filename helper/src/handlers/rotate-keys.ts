/**
 * The tick of the helper's key pairs, each day: a new one when the last is a week old; old ones are
 * destroyed.
 */
import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import { logEvent, writesMetrics } from "../../../src/handlers/steps/log.ts";
import { destroyOldKeys, readPresentKeys } from "../infra/sealing-key-store.ts";

export const handler = middy<EventBridgeEvent<"Scheduled Event", string>, void>(writesMetrics).handler(
  async () => {
    const nowMs = Date.now();
    const { keyId } = await readPresentKeys(nowMs);
    logEvent("rotate-keys", { keyId, destroyed: await destroyOldKeys(nowMs) });
  },
);
