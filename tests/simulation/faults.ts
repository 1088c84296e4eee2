/** What can go wrong with a request to a store, as the code that sent it sees it. */
import {
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from "@aws-sdk/client-dynamodb";

/**
 * `crash-before`, `crash-after`: the Lambda dies, the request not sent or its effect in the store. `unsent`:
 * the network fails before the request is sent. `response-lost`: its effect is in the store, and the SDK
 * gives up. `response-lost-once`: the SDK tries again, with the same idempotency token. The rest are the
 * stores' own refusals.
 */
export const FAULTS = [
  "crash-before",
  "crash-after",
  "unsent",
  "response-lost",
  "response-lost-once",
  "throttled",
  "conflict",
  "in-progress",
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** In place of a command: requests of all kinds are counted together. */
export const ANY_COMMAND = "any";

/**
 * The fault of an invocation: requests `from`, `from + 1`, .. of those whose command is `command`, `times` of
 * them.
 */
export interface Fault {
  kind: FaultKind;
  command: string;
  from: number;
  times: number;
}

const metadata = { $metadata: {} };

export function networkError(): Error {
  return Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });
}

/** What a store answers in place of doing it, in the form that the command's caller knows. */
export function refusal(kind: FaultKind, command: string): Error {
  const message = `simulated: ${kind}`;
  if (command.startsWith("HTTP ")) return networkError();
  if (command.startsWith("S3 ")) return new Error(`S3 answered 503 SlowDown to ${command}`);
  if (command !== "TransactWriteItemsCommand") {
    if (kind === "conflict") return new TransactionConflictException({ message, ...metadata });
    return new ProvisionedThroughputExceededException({ message, ...metadata });
  }
  if (kind === "in-progress") return new TransactionInProgressException({ message, ...metadata });
  const Code = kind === "conflict" ? "TransactionConflict" : "ThrottlingError";
  const CancellationReasons = [{ Code: "None" }, { Code }];
  return new TransactionCanceledException({ message, CancellationReasons, ...metadata });
}
