/** TransactWriteItems with its ways of failing told apart, so that callers redo, wait or give up for the right reason. */
import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { dynamodb } from "./aws.ts";
import { retry } from "./retry.ts";

/**
 * `committed`; `condition`: a condition did not hold, `failed` being the first item whose; `conflict`: another transaction
 * was under way on an item; `throttled`: the table had no capacity left. The last two are worth the same attempt again.
 */
export type TransactionOutcome =
  | { outcome: "committed" }
  | { outcome: "condition"; failed: number }
  | { outcome: "conflict" }
  | { outcome: "throttled" };

const THROTTLES = new Set(["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"]);
const THROTTLE_EXCEPTIONS = new Set([
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
]);

/** Writes all items or none. Throws on anything but the outcomes above (docs: API_TransactWriteItems, "Errors"). */
export async function transact(items: TransactWriteItem[]): Promise<TransactionOutcome> {
  try {
    await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items }));
    return { outcome: "committed" };
  } catch (error) {
    if (error instanceof TransactionCanceledException) {
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? "None");
      const failed = codes.indexOf("ConditionalCheckFailed");
      if (failed >= 0) return { outcome: "condition", failed };
      if (codes.includes("TransactionConflict")) return { outcome: "conflict" };
      if (codes.some((code) => THROTTLES.has(code))) return { outcome: "throttled" };
    }
    // A retry of the SDK met its own first attempt: whether that one lands, the next read of the head will tell.
    if (error instanceof Error && error.name === "TransactionInProgressException")
      return { outcome: "conflict" };
    if (error instanceof Error && THROTTLE_EXCEPTIONS.has(error.name)) return { outcome: "throttled" };
    throw error;
  }
}

/** The same, again while others are in the way: for writes that depend on nothing read before. */
export async function transactPatiently(items: TransactWriteItem[]): Promise<TransactionOutcome> {
  let result: TransactionOutcome = { outcome: "conflict" };
  await retry(async () => {
    result = await transact(items);
    return result.outcome === "conflict" || result.outcome === "throttled" ? null : result;
  });
  return result;
}
