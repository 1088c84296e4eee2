/** The part of the contract about notices, for the OpenAPI page: the calls, and what webhooks are sent. */
import * as answers from "../../domain/messages/answers/operator-answers.ts";
import { noticeSchemas, webhookBodySchema } from "../../domain/messages/notice-messages.ts";
import type { Call, Schema } from "./people-calls.ts";

const C = "/communities/{community}";

export const WEBHOOK_CALLS: Record<string, Call> = {
  [`put ${C}/webhooks/{webhook}`]: {
    who: "operator",
    summary: "Has notices sent to a URL, signed by the Standard Webhooks scheme; the secret is told once",
    body: webhookBodySchema,
    gives: answers.putWebhook,
    answers: { 200: "Changed, and enabled again.", 201: "Made, with its secret.", 409: "There are ten." },
  },
  [`get ${C}/webhooks`]: {
    who: "operator",
    summary: "The webhooks, and since when one fails or is disabled",
    gives: answers.webhooks,
    answers: { 200: "Them, without their secrets." },
  },
  [`delete ${C}/webhooks/{webhook}`]: {
    who: "operator",
    summary: "Takes a webhook away, and its log",
    answers: { 204: "Gone." },
  },
  [`post ${C}/webhooks/{webhook}/test`]: {
    who: "operator",
    summary: "Sends a notice of the type test now, and waits for the answer",
    gives: answers.webhookTest,
    answers: { 200: "Whether it arrived.", 429: "One was sent a moment ago." },
  },
  [`post ${C}/webhooks/{webhook}/rotate`]: {
    who: "operator",
    summary: "Makes a new secret; for a day the one before signs too",
    gives: answers.rotation,
    answers: { 200: "The secret." },
  },
  [`get ${C}/webhooks/{webhook}/deliveries`]: {
    who: "operator",
    summary: "The last 50 deliveries, newest first: what came of each, and when it is tried again",
    gives: answers.deliveries,
    answers: { 200: "Them." },
  },
};

/** OpenAPI 3.1's `webhooks`: what receivers get. */
export function webhooksOf(jsonSchema: (schema: Schema) => object): Record<string, object> {
  const headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => ({
    ...{ name, in: "header", required: true, schema: { type: "string" } },
  }));
  const webhooks = Object.entries(noticeSchemas).map(([type, schema]) => {
    const content = { "application/json": { schema: jsonSchema(schema) } };
    const responses = { "2XX": { description: "It has arrived; after anything else it is sent again." } };
    return [type, { post: { parameters: headers, requestBody: { content }, responses } }];
  });
  return Object.fromEntries(webhooks);
}
