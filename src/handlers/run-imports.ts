/**
 * The tick of imports: woken each minute by the schedule in serverless.yml, it looks whether files have come,
 * and works on imports, one after another in the order in which they were asked for. A tick that comes twice,
 * late or never does no harm: what is due is read, not told, and an import has one who works on it.
 */
import middy from "@middy/core";
import type { EventBridgeEvent } from "aws-lambda";
import { IMPORT_STEP_RESERVE_MS } from "../domain/limits.ts";
import { readDueImports } from "../infra/import-store.ts";
import { runImport } from "./steps/imports/run-import.ts";
import { logError, writesMetrics } from "./steps/log.ts";

type Tick = EventBridgeEvent<"Scheduled Event", string>;

/** Who fails, or finds no time, stays due. The first one is begun with however little time there is. */
export const handler = middy<Tick, void>(writesMetrics).handler(async (_, context) => {
  for (const [n, due] of (await readDueImports(Date.now())).entries()) {
    if (n > 0 && context.getRemainingTimeInMillis() < IMPORT_STEP_RESERVE_MS) break;
    await runImport(due, context).catch((error) => logError(error, context));
  }
});
