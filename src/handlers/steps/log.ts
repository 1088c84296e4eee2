/** Log lines, one JSON object each, with nothing of a request in them: no token, no rating, no userId. */
import type { Context } from "aws-lambda";

/** Lambda's own setting; console lines below it are to be left out. */
const isQuiet = (): boolean =>
  ["WARN", "ERROR", "FATAL"].includes(process.env.AWS_LAMBDA_LOG_LEVEL ?? "INFO");

/** What happened, for metric filters: `event` names it, as functions are named. */
export function logEvent(event: string, fields: Record<string, unknown>): void {
  if (!isQuiet()) console.info(JSON.stringify({ level: "INFO", event, ...fields }));
}

/** An error that nobody expected. */
export function logError(error: unknown, context: Pick<Context, "awsRequestId" | "functionName">): void {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const { awsRequestId: requestId, functionName } = context;
  console.error(JSON.stringify({ level: "ERROR", functionName, requestId, name, message, stack }));
}
