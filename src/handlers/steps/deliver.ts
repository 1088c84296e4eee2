/**
 * Delivers what waits for one webhook. Whoever comes claims the webhook first, so that one invocation at a
 * time calls it, and after a failure nothing more is tried: a receiver that hangs costs one attempt, and
 * nobody waits behind it.
 */
import { NOTICE_AGE_MAX_MS, WEBHOOK_TIME_MAX_MS, WRITE_RESERVE_MS } from "../../domain/limits.ts";
import type { NoticeMessage } from "../../domain/messages/notice-messages.ts";
import {
  type DueDeliveries,
  giveUp,
  noteAttempt,
  readPart,
  readWaiting,
  removeDeliveries,
} from "../../infra/delivery-store.ts";
import { type Outcome, postWebhook } from "../../infra/webhook-request.ts";
import { signedHeaders } from "../../infra/webhook-signature.ts";
import {
  claimWebhook,
  noteFailure,
  noteSuccess,
  readWebhook,
  releaseWebhook,
  secretsOf,
  type Webhook,
} from "../../infra/webhook-store.ts";
import { logEvent } from "./log.ts";
import type { TimeBudget } from "./time-limit.ts";

/** What the deliveries of an invocation share. */
export interface Delivering {
  messageOf: (community: string, noticeId: string) => Promise<NoticeMessage | null>;
  nowMs: number;
  budget: TimeBudget;
}

const NOTHING_TO_TELL: Outcome = { isDelivered: false, error: "there is nothing to tell any more", ms: 0 };

/** Sends a message to a webhook, now and once. */
export function send(webhook: Webhook, message: NoticeMessage): Promise<Outcome> {
  const body = JSON.stringify(message);
  const nowMs = Date.now();
  return postWebhook(webhook.url, signedHeaders(message.id, body, secretsOf(webhook, nowMs), nowMs), body);
}

/** One delivery: how it went, or null where it waits no longer. */
async function tryOne(
  webhook: Webhook,
  part: string,
  { messageOf, nowMs }: Delivering,
): Promise<Outcome | null> {
  const { community } = webhook;
  const delivery = await readWaiting(community, part);
  if (!delivery) return null;
  const { noticeId } = readPart(part);
  const message = await messageOf(community, noticeId);
  if (!message) {
    await noteAttempt(community, delivery, "given-up", NOTHING_TO_TELL, nowMs);
    return null;
  }
  const outcome = await send(webhook, message);
  const { isDelivered, status, error, ms } = outcome;
  await noteAttempt(community, delivery, isDelivered ? "delivered" : "waiting", outcome, nowMs);
  const told = { community, webhook: webhook.name, type: message.type, id: message.id };
  logEvent("deliver-notice", { ...told, isDelivered, status, error, ms });
  return outcome;
}

/**
 * Tries until one fails or time is short; answers whether the last one arrived, null where none was tried.
 */
async function tryAll(
  webhook: Webhook,
  parts: readonly string[],
  delivering: Delivering,
): Promise<boolean | null> {
  let isWell: boolean | null = null;
  for (const part of parts) {
    if (delivering.budget.getRemainingTimeInMillis() < WEBHOOK_TIME_MAX_MS + WRITE_RESERVE_MS) break;
    const outcome = await tryOne(webhook, part, delivering);
    if (!outcome) continue;
    isWell = outcome.isDelivered;
    if (!isWell) break;
  }
  return isWell;
}

/** What has waited for a day is given up once another attempt has failed. */
async function giveUpOld(community: string, parts: readonly string[], nowMs: number): Promise<void> {
  for (const part of parts) {
    if (nowMs - readPart(part).atMs < NOTICE_AGE_MAX_MS) continue;
    if (await readWaiting(community, part)) await giveUp(community, part);
  }
}

export async function deliver(
  { community, webhook: name, parts }: DueDeliveries,
  delivering: Delivering,
): Promise<void> {
  const { nowMs } = delivering;
  const webhook = await readWebhook(community, name);
  if (!webhook) return removeDeliveries(community, parts);
  if (webhook.disabledAtMs !== undefined) {
    for (const part of parts) if (await readWaiting(community, part)) await giveUp(community, part);
    return;
  }
  if ((webhook.retryAtMs ?? 0) > nowMs || !(await claimWebhook(webhook, nowMs))) return;
  const isWell = await tryAll(webhook, parts, delivering);
  if (isWell === null) return releaseWebhook(webhook);
  if (isWell) return noteSuccess(webhook);
  await noteFailure(webhook, nowMs);
  await giveUpOld(community, parts, nowMs);
}
