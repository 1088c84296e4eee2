/**
 * What an invocation tells: log lines, an object each, with nothing of a request in them (no token, no rating, no userId),
 * and its metrics. Lambda writes the objects as JSON and adds time, level and request id to each.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
import type { Context } from "aws-lambda";
import { writeMetrics } from "../../infra/metrics.ts";

/** Lambda's own setting; console lines below it are to be left out. */
const isQuiet = (): boolean =>
  ["WARN", "ERROR", "FATAL"].includes(process.env.AWS_LAMBDA_LOG_LEVEL ?? "INFO");

/** What happened, for queries of the log: `event` names it, as functions are named. */
export function logEvent(event: string, fields: Record<string, unknown>): void {
  if (!isQuiet()) console.info({ event, ...fields });
}

/** An error that nobody expected. */
export function logError(error: unknown, context: Pick<Context, "awsRequestId" | "functionName">): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const { awsRequestId: requestId, functionName } = context;
  console.error({ functionName, requestId, name, message, stack });
}

/** For middy: writes the metrics of an invocation at its end, however it ends. */
export const writesMetrics = {
  requestEnd: ({ context }: { context: Context }) => writeMetrics(context.awsRequestId),
};
