/**
 * What the consumers share. Communities are worked on apart from each other: who fails, or is too slow, holds nobody else, and
 * their messages alone come back.
 */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { ANSWER_RESERVE_MS, WRITE_RESERVE_MS } from "../../domain/limits.ts";
import { bringBackSoon } from "../../infra/redelivery.ts";
import { logError } from "./log.ts";

/** Communities under way at once: most of their time they wait for the stores. */
const AT_ONCE_MAX = 8;
/** Each commit may hold 128 MB of gradients and a model in memory. */
export const COMMITS_AT_ONCE_MAX = 2;

/**
 * Does `work` for each value, some at once. Nobody is begun with when only the time to write is left, nobody is waited for when
 * only the time to answer is; who fails is logged. What was not done, or goes on unheard, must bear to be done again.
 */
export async function eachInTime<Value>(
  values: readonly Value[],
  context: Context,
  work: (value: Value) => Promise<void>,
  atOnceMax = AT_ONCE_MAX,
): Promise<void> {
  const remainingMs = context.getRemainingTimeInMillis();
  const writeReserveMs = Math.min(WRITE_RESERVE_MS, remainingMs / 2);
  const answerReserveMs = Math.min(ANSWER_RESERVE_MS, remainingMs / 4);
  const waiting = values.values();
  const worker = async () => {
    for (const value of waiting) {
      if (context.getRemainingTimeInMillis() < writeReserveMs) return;
      await work(value).catch((error) => logError(error, context));
    }
  };
  const workers = Promise.all(Array.from({ length: atOnceMax }, worker));
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, remainingMs - answerReserveMs);
  });
  await Promise.race([workers, end]);
  clearTimeout(timer);
}

export interface Delivery<Message> {
  messageId: string;
  message: Message;
}

export interface Consumption<Message> {
  queueUrl: string;
  /** Reads bodies in their order; null for a poison message. */
  read: (bodies: string[]) => (Message | null)[];
  communityOf: (message: Message) => string;
  /** Answers the ids of the messages that must come back. */
  work: (community: string, deliveries: Delivery<Message>[]) => Promise<string[]>;
}

/** Takes in a batch. What cannot be read goes back to the queue alone, and after its last delivery to the dead letters. */
export async function consume<Message>(
  { Records }: SQSEvent,
  context: Context,
  { queueUrl, read, communityOf, work }: Consumption<Message>,
): Promise<SQSBatchResponse> {
  const undone = new Set(Records.map((record) => record.messageId));
  const messages = read(Records.map((record) => record.body));
  const deliveries = messages.flatMap((message, at) =>
    message === null ? [] : { messageId: Records[at].messageId, message },
  );
  const byCommunity = Map.groupBy(deliveries, ({ message }) => communityOf(message));
  await eachInTime([...byCommunity], context, async ([community, ofOne]) => {
    const failed = new Set(await work(community, ofOne));
    for (const { messageId } of ofOne) if (!failed.has(messageId)) undone.delete(messageId);
  });
  const failures = Records.filter(({ messageId }) => undone.has(messageId));
  await bringBackSoon(queueUrl, failures).catch((error) => logError(error, context)); // they come back anyway
  return { batchItemFailures: failures.map(({ messageId: itemIdentifier }) => ({ itemIdentifier })) };
}
