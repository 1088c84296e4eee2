/** Webhooks of a community, for its operators: where its notices go, and how that has been going. */
import { randomUUID } from "node:crypto";
import { invalidRequest, Problem } from "../domain/errors.ts";
import { WEBHOOK_TEST_INTERVAL_MS, WEBHOOKS_PER_COMMUNITY_MAX } from "../domain/limits.ts";
import { parse } from "../domain/messages/messages.ts";
import { type NoticeMessage, parseWebhook, webhookNameSchema } from "../domain/messages/notice-messages.ts";
import { allowsLoopback } from "../infra/aws.ts";
import { type Delivery, logTest, readLog, removeLog } from "../infra/delivery-store.ts";
import { addressRule, literalOf } from "../infra/public-address.ts";
import {
  addWebhook,
  changeWebhook,
  noteSuccess,
  readWebhook,
  readWebhooks,
  removeWebhook,
  rotateSecret,
  takeTest,
  type Webhook,
} from "../infra/webhook-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { type Answer, type HttpEvent, jsonBody, resource, valid } from "./http/http.ts";
import { pageBody } from "./http/pages.ts";
import { send } from "./steps/deliver.ts";

const C = "/communities/{community}";

const timeOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

/** Without secrets: they are told once. */
function webhookShown({ name, url, events, ...of }: Webhook) {
  return {
    ...{ name, url, events, createdAt: timeOf(of.createdAtMs), oldSecretUntil: timeOf(of.oldSecretUntilMs) },
    ...{ failingSince: timeOf(of.failingSinceMs), disabledAt: timeOf(of.disabledAtMs) },
  };
}

function deliveryShown(delivery: Delivery) {
  const { messageId: id, event, state, attempts, triedAtMs, status, ms, error, dueAtMs } = delivery;
  const at = { triedAt: timeOf(triedAtMs), nextTryAt: timeOf(dueAtMs) };
  return { id, event, state, attempts, status, ms, error, ...at };
}

async function readNamed(event: HttpEvent) {
  const { request } = await readOperatorRequest(event);
  const name = valid(parse(webhookNameSchema, event.pathParameters?.webhook, ["webhook"]));
  return { ...request, name };
}

const unknownWebhook = (name: string) => new Problem("unknown-webhook", `There is no webhook '${name}'.`);

async function requireWebhook(community: string, name: string): Promise<Webhook> {
  const webhook = await readWebhook(community, name);
  if (!webhook) throw unknownWebhook(name);
  return webhook;
}

/**
 * The body, whose URL names no address that is refused anyway; where a name leads is looked at when it is
 * called.
 */
function readBody(event: HttpEvent) {
  const body = valid(parseWebhook(jsonBody(event), allowsLoopback()));
  const literal = literalOf(new URL(body.url).hostname);
  if (literal && !addressRule(allowsLoopback())(literal))
    throw invalidRequest([{ pointer: "#/url", detail: "is an address that is not public" }]);
  return body;
}

async function makeWebhook(event: HttpEvent): Promise<Answer> {
  const { community, name, nowMs } = await readNamed(event);
  const body = readBody(event);
  const webhooks = await readWebhooks(community);
  if (!webhooks.some((one) => one.name === name)) {
    if (webhooks.length >= WEBHOOKS_PER_COMMUNITY_MAX)
      throw new Problem("too-many-webhooks", `A community has at most ${WEBHOOKS_PER_COMMUNITY_MAX}.`);
    const made = await addWebhook(community, name, body, nowMs);
    if (made) return { status: 201, body: { ...webhookShown(made), secret: made.secret } };
  }
  if (!(await changeWebhook(community, name, body)))
    throw new Problem("try-again", "The webhook was deleted meanwhile.", { retryAfterSeconds: 1 });
  return { status: 200, body: webhookShown(await requireWebhook(community, name)) };
}

async function testWebhook(event: HttpEvent): Promise<Answer> {
  const { community, name, nowMs } = await readNamed(event);
  const webhook = await requireWebhook(community, name);
  if (!(await takeTest(community, nowMs))) {
    const retryAfterSeconds = Math.ceil(WEBHOOK_TEST_INTERVAL_MS / 1000);
    throw new Problem("too-many-tests", `One in ${retryAfterSeconds} s.`, { retryAfterSeconds });
  }
  const id = `msg_${randomUUID()}`;
  const message: NoticeMessage = {
    ...{ id, type: "test", timestamp: new Date(nowMs).toISOString(), data: { community } },
  };
  const outcome = await send(webhook, message);
  await logTest(community, name, id, outcome, nowMs);
  if (outcome.isDelivered) await noteSuccess(webhook); // what waits is due again, and a disabled one is back
  const { isDelivered: delivered, status, error, ms } = outcome;
  return { status: 200, body: { id, delivered, status, error, ms } };
}

export const handler = resource({
  [`PUT ${C}/webhooks/{webhook}`]: makeWebhook,

  async [`GET ${C}/webhooks`](event) {
    const { head } = await readOperatorRequest(event);
    const values = await readWebhooks(head.community);
    return { status: 200, body: pageBody("webhooks", { values }, webhookShown) };
  },

  async [`DELETE ${C}/webhooks/{webhook}`](event) {
    const { community, name } = await readNamed(event);
    await removeWebhook(community, name);
    await removeLog(community, name);
    return { status: 204 };
  },

  [`POST ${C}/webhooks/{webhook}/test`]: testWebhook,

  async [`POST ${C}/webhooks/{webhook}/rotate`](event) {
    const { community, name, nowMs } = await readNamed(event);
    const rotated = await rotateSecret(await requireWebhook(community, name), nowMs);
    if (!rotated) throw new Problem("try-again", "Somebody rotates it too.", { retryAfterSeconds: 1 });
    const { secret, oldSecretUntilMs } = rotated;
    return { status: 200, body: { secret, oldSecretUntil: timeOf(oldSecretUntilMs) } };
  },

  async [`GET ${C}/webhooks/{webhook}/deliveries`](event) {
    const { community, name } = await readNamed(event);
    await requireWebhook(community, name);
    const values = await readLog(community, name);
    return { status: 200, body: pageBody("deliveries", { values }, deliveryShown) };
  },
});
