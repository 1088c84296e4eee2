/**
 * Notices: what a community tells the app's backend, and webhooks, which carry it there. The body of a
 * webhook, and the detail of the same event on the stack's bus, is a NoticeMessage.
 */
import * as z from "zod/mini";
import {
  NOTICE_BYTES_MAX,
  RETRY_NOTICE_MAX_MS,
  RETRY_NOTICE_MIN_MS,
  WEBHOOK_URL_LENGTH_MAX,
} from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { communityNameSchema, type Parsed, parse } from "./messages.ts";

const count = () => z.int().check(z.gte(0));
const person = () => ({ userId: z.string(), memberId: z.string() });
const time = () => z.iso.datetime();
const groupSchema = () => z.strictObject({ groupId: z.string(), members: z.array(z.strictObject(person())) });

/**
 * What a notice says beside its community, by event; more of a published round is read when it is delivered.
 */
const facts = () => ({
  "round.published": { round: count() },
  "round.due": { round: count(), dueAt: time() },
  "member.joined": person(),
  "member.awaiting-approval": person(),
  "member.left": person(),
  "import.finished": {
    importId: z.string(),
    kind: z.enum(["members", "items", "ratings"]),
    status: z.enum(["finished", "failed"]),
  },
  "sum.stalled": { sum: count() },
});

type Fields = ReturnType<typeof facts>;
export type NoticeEvent = keyof Fields;
/** An event and its facts, for a writer. */
export type Told = {
  [E in NoticeEvent]: { event: E; facts: z.infer<z.ZodMiniObject<Fields[E]>> };
}[NoticeEvent];

export const NOTICE_EVENTS: readonly NoticeEvent[] = [
  "round.published",
  "round.due",
  "member.joined",
  "member.awaiting-approval",
  "member.left",
  "import.finished",
  "sum.stalled",
];

export interface NoticeGroup {
  groupId: string;
  members: { userId: string; memberId: string }[];
}

export interface NoticeMessage {
  /** The same however often it is delivered. */
  id: string;
  type: NoticeEvent | "test";
  timestamp: string;
  data: { community: string } & Record<string, unknown>;
}

/** The bodies that a webhook gets, by event. */
export const noticeSchemas = /* @__PURE__ */ schemaOf(() => {
  const published = {
    ...{ publishedAt: time(), groupCount: count(), groups: z.array(groupSchema()) },
    /** Where the groups go on that did not fit. */
    more: z.optional(z.string()),
  };
  const bodyOf = ([type, fields]: [string, object]) => {
    const data = {
      community: communityNameSchema,
      ...fields,
      ...(type === "round.published" ? published : {}),
    };
    const body = { id: z.string(), type: z.literal(type), timestamp: time(), data: z.strictObject(data) };
    return [type, z.strictObject(body)] as const;
  };
  return Object.fromEntries([...Object.entries(facts()), ["test", {}] as [string, object]].map(bodyOf));
});

/** The first groups that fit into a notice together. */
export function fittingGroups(groups: readonly NoticeGroup[]): NoticeGroup[] {
  const encoder = new TextEncoder();
  let bytes = 0;
  const first = groups.findIndex((group) => {
    bytes += encoder.encode(JSON.stringify(group)).length + 1;
    return bytes > NOTICE_BYTES_MAX;
  });
  return first < 0 ? [...groups] : groups.slice(0, first);
}

/**
 * How long to wait after so many failures on end; `random` in [0, 1) keeps those who failed together apart.
 */
export function retryDelayMs(failures: number, random: number): number {
  const longest = Math.min(RETRY_NOTICE_MAX_MS, RETRY_NOTICE_MIN_MS * 2 ** Math.max(0, failures - 1));
  return Math.ceil(longest * (0.5 + random / 2));
}

export const webhookNameSchema = communityNameSchema;

export const webhookBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    url: z.string("is missing or not a text").check(z.minLength(1), z.maxLength(WEBHOOK_URL_LENGTH_MAX)),
    events: z.array(z.enum(NOTICE_EVENTS as [NoticeEvent, ...NoticeEvent[]])).check(
      z.minLength(1),
      z.refine((events) => new Set(events).size === events.length, "names an event twice"),
    ),
  }),
);

export type WebhookBody = z.infer<typeof webhookBodySchema>;

/** Names of this machine; of its addresses those that people write. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const HTTPS_PORT = 443;
/** Ports below have services of their own, to which a webhook could say something. */
const FREE_PORT_MIN = 1024;

/**
 * What is wrong with the URL of a webhook, or null. Which addresses its name leads to
 * shows when it is called.
 */
export function urlFault(text: string, allowsLoopback: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) return "is no URL";
  if (url.username || url.password) return "holds a user name or a password";
  if (url.hash) return "holds a fragment";
  const isLoopback = LOOPBACK.has(url.hostname);
  if (isLoopback && !allowsLoopback) return "is an address of this machine";
  if (url.protocol !== "https:" && !(isLoopback && url.protocol === "http:"))
    return "must begin with https://";
  const port = Number(url.port || HTTPS_PORT);
  return port === HTTPS_PORT || port >= FREE_PORT_MIN ? null : "has a port that is neither 443 nor over 1023";
}

export function parseWebhook(input: unknown, allowsLoopback: boolean): Parsed<WebhookBody> {
  const parsed = parse(webhookBodySchema, input);
  const detail = parsed.ok ? urlFault(parsed.value.url, allowsLoopback) : null;
  return detail === null ? parsed : { ok: false, errors: [{ pointer: "#/url", detail }] };
}
