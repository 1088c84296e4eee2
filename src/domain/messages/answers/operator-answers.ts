/** Answers about webhooks, imports, kept versions, and figures for operators. */
import * as z from "zod/mini";
import { IMPORT_KINDS } from "../import-messages.ts";
import { NOTICE_EVENTS } from "../notice-messages.ts";
import { count, day, flag, maybe, named, orNull, pageOf, text, time, told } from "./answer.ts";

const webhookFields = () => ({
  ...{ name: text(), url: text(), events: z.array(z.enum(NOTICE_EVENTS)), createdAt: time() },
  oldSecretUntil: maybe(told(text(), "ISO 8601; the secret before the last rotation signs until then.")),
  ...{ failingSince: maybe(time()), disabledAt: maybe(time()) },
});
export const webhook = named("Webhook", z.object(webhookFields()));
export const webhooks = pageOf("Webhooks", "webhooks", webhook);
export const putWebhook = named(
  "PutWebhook",
  z.object({ ...webhookFields(), secret: maybe(told(text(), "Of a new one; it is told once.")) }),
);
export const rotation = named("WebhookRotation", z.object({ secret: text(), oldSecretUntil: time() }));

const attemptFields = () => ({ status: maybe(count()), error: maybe(text()), ms: maybe(z.number()) });
export const webhookTest = named(
  "WebhookTest",
  z.object({ id: text(), delivered: flag(), ...attemptFields() }),
);
export const delivery = named(
  "Delivery",
  z.object({
    id: text(),
    event: text(),
    state: text(),
    attempts: count(),
    ...attemptFields(),
    ...{ triedAt: maybe(time()), nextTryAt: maybe(time()) },
  }),
);
export const deliveries = pageOf("Deliveries", "deliveries", delivery);

const importFields = () => ({
  ...{ id: text(), kind: z.enum(IMPORT_KINDS), allOrNothing: flag() },
  status: z.enum(["uploading", "running", "finished", "failed", "expired"]),
  step: z.enum(["upload", "check", "load", "train", "clean", "end"]),
  failure: maybe(text()),
  ...{ createdAt: orNull(time()), startedAt: orNull(time()), endedAt: orNull(time()), seconds: count() },
  ...{ bytes: count(), bytesDone: count(), lines: count(), accepted: count(), rejected: count() },
  rejections: z.array(z.object({ line: count(), reason: text() })),
  epoch: maybe(count()),
  quality: maybe(
    told(orNull(z.object({ ndcg: z.number(), popularity: z.number() })), "Of what was learned from ratings."),
  ),
});
export const oneImport = named("Import", z.object(importFields()));
export const imports = pageOf("Imports", "imports", oneImport);
export const newImport = named(
  "NewImport",
  z.object({
    ...importFields(),
    uploadUrl: told(text(), "Where to PUT the file, with uploadHeaders."),
    uploadHeaders: z.record(z.string(), z.string()),
    uploadExpiresAt: time(),
  }),
);

const measured = () => ({ ndcg: orNull(z.number()), auc: orNull(z.number()) });
const quality = () => ({ ...measured(), members: count(), measuredAt: time() });
export const keptVersion = named(
  "KeptVersion",
  z.object({
    ...{ version: count(), keptAt: time(), isDaily: flag(), isHeld: flag(), name: maybe(text()) },
    isServed: maybe(told(z.literal(true), "By pinnedVersion or an experiment.")),
    quality: maybe(z.object(quality())),
  }),
);
export const keptVersions = named("KeptVersions", z.object({ versions: z.array(keptVersion) }));
export const restored = named("Restored", z.object({ restored: count(), modelVersion: count() }));
export const comparison = named(
  "Comparison",
  z.object({
    versions: z.array(z.object({ version: count(), ...measured() })),
    restsOn: z.object({
      ...{ hosted: count(), compared: count(), ranked: count(), rankedPeople: count() },
      ...{ ratings: count(), heldOut: count() },
    }),
  }),
);

const commit = z.object({
  ...{ modelVersion: count(), committedAt: time(), applied: count(), rejected: count() },
  ...{ senders: maybe(count()), needed: maybe(count()), restored: maybe(count()) },
  reasons: told(z.record(z.string(), count()), "How many were rejected for each."),
  gradientNorm: z.number(),
});
export const history = named(
  "History",
  z.object({ commits: z.array(commit), next: maybe(told(count(), "The `from` of the next page.")) }),
);

const groupingFigures = () => ({
  ...{ rounds: count(), members: told(count(), "In the last round."), groups: count(), pairs: count() },
  ...{ metBefore: orNull(z.number()), affinity: orNull(z.number()), moved: orNull(z.number()) },
});
const armFigures = z.object({ arm: z.enum(["main", "experiment"]), ...groupingFigures() });
const contributions = z.object({
  ...{ commits: count(), applied: count(), rejected: count(), sendersMax: count() },
});
const week = z.object({
  week: day(),
  joined: count(),
  contributions: told(orNull(contributions), "null where the log does not reach back so far."),
  ...groupingFigures(),
  arms: maybe(z.array(armFigures)),
  feedback: z.object({ answers: count(), saidMet: count(), met: orNull(z.number()) }),
});
export const stats = named(
  "Stats",
  z.object({
    members: count(),
    recommendations: told(
      orNull(z.object({ version: count(), ...quality() })),
      "Of the version compared last.",
    ),
    weeks: told(z.array(week), "Newest first."),
  }),
);

const queue = z.object({
  queue: z.enum(["gradients", "ratings", "signals", "notices"]),
  ...{ deadLetters: count(), waiting: maybe(count()), inFlight: maybe(count()), delayed: maybe(count()) },
});
const openSum = z.object({
  ...{ sum: count(), gradients: count(), senders: count(), since: orNull(time()), dueAt: orNull(time()) },
});
const draft = z.object({
  ...{ round: count(), modelVersion: count(), computedAt: time(), ageSeconds: count(), isCurrent: flag() },
});
export const operations = named(
  "Operations",
  z.object({
    queues: told(z.array(queue), "Of all communities."),
    sums: z.object({ open: openSum, waiting: count(), stalled: count() }),
    lastCommit: z.object({ modelVersion: count(), committedAt: orNull(time()) }),
    draft: orNull(draft),
    ...{ nextRoundAt: orNull(time()), lastSweepAt: orNull(time()) },
  }),
);
