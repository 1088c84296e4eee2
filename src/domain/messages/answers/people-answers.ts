/** Answers about people and communities. */
import * as z from "zod/mini";
import { availabilitySchema } from "../../community/availability.ts";
import { settingsSchema } from "../../community/settings.ts";
import {
  count,
  day,
  flag,
  maybe,
  memberFields,
  named,
  orNull,
  pageOf,
  tags,
  text,
  time,
  told,
} from "./answer.ts";
import { note, ownFeedback } from "./round-answers.ts";

export const health = named("Health", z.object({ status: z.literal("ok") }));
export const openApiPage = named("OpenApiPage", z.record(z.string(), z.unknown()));
export const signIn = named(
  "SignIn",
  z.object({ issuer: text(), clientId: text(), audience: text(), scopes: text() }),
);

const status = () => z.enum(["member", "awaiting-approval", "banned"]);
const arm = () => z.enum(["main", "experiment"]);

export const settings = named("Settings", settingsSchema);
const sumTerms = named(
  "SumTerms",
  z.object({
    ...{ sum: count(), epoch: text(), rowCount: count(), factors: count() },
    ...{ sumMembersMin: count(), sumMembersMax: count(), clipFactor: z.number(), clipBias: z.number() },
  }),
);
export const community = named(
  "Community",
  z.object({
    community: text(),
    settings,
    memberCount: count(),
    itemCount: count(),
    modelVersion: count(),
    round: told(count(), "The one in draft."),
    nextRoundAt: maybe(told(text(), "ISO 8601; when the draft is published by the cadence.")),
    openSum: maybe(sumTerms),
    notes: maybe(told(z.array(note), "Of a change: tags that nobody carries.")),
  }),
);
export const communities = pageOf("Communities", "communities", community);

const place = named("Place", z.object({ community: text(), status: orNull(status()), isOperator: flag() }));
export const places = named(
  "Places",
  z.object({ userId: text(), communities: z.array(place), next: maybe(text()) }),
);

export const operator = named("Operator", z.object({ userId: text() }));
export const operators = pageOf("Operators", "operators", operator);

export const invite = named(
  "Invite",
  z.object({
    ...{ code: text(), uses: count(), usesMax: orNull(count()) },
    ...{ expiresAt: orNull(time()), createdAt: orNull(time()) },
  }),
);
export const invites = pageOf("Invites", "invites", invite);

export const rosterEntry = named(
  "RosterEntry",
  z.object({
    userId: told(orNull(text()), "Nobody's of one who has left."),
    memberId: maybe(text()),
    displayName: told(orNull(text()), "As the member gave it."),
    status: orNull(status()),
    tags: tags(),
    joinedAt: orNull(time()),
    lastSeenAt: orNull(day()),
    ...{ roundsMet: count(), roundsMissed: count(), missedInARow: count() },
    pausedForMisses: told(flag(), "Whether they are in no group until they say that they take part again."),
    arm: told(orNull(arm()), "Of the community's experiment; null without one."),
  }),
);
export const roster = pageOf("Roster", "members", rosterEntry);

const learning = () => z.enum(["local", "hosted"]);
const membershipFields = () => ({
  status: z.literal("member"),
  memberId: text(),
  row: told(count(), "Of the item matrix."),
  learning: learning(),
  displayName: maybe(text()),
  ...{ paused: flag(), pausedUntil: orNull(time()), skipNextRound: flag(), optIn: flag() },
});
const misses = () => ({
  missedInARow: count(),
  pausedForMisses: told(flag(), "In no group until `paused: false` is said."),
});
export const membership = named("Membership", z.object(membershipFields()));
export const waiting = named(
  "Waiting",
  told(
    z.object({ status: z.literal("awaiting-approval") }),
    "An operator has yet to approve it: no row, no group, and nothing to sync until then.",
  ),
);
export const ownMembership = named(
  "OwnMembership",
  z.object({
    ...membershipFields(),
    tags: tags(),
    availability: maybe(availabilitySchema),
    joinedAt: maybe(time()),
    ...misses(),
  }),
);
export const joined = named("Joined", z.union([membership, waiting]));
export const own = named("Own", z.union([ownMembership, waiting]));
export const availability = named("Availability", availabilitySchema);

export const meeting = named(
  "Meeting",
  z.object({
    ...memberFields(),
    round: count(),
    missed: told(flag(), "Whether one of the two was not there."),
  }),
);
export const meetings = pageOf("Meetings", "meetings", meeting);

export const blocks = named("Blocks", z.object({ blocks: z.array(z.object({ memberId: text() })) }));
export const userFactors = named(
  "UserFactors",
  z.object({ values: z.array(z.number()), noiseStdDev: z.number() }),
);

const hourCount = maybe(z.object({ hourStartMs: z.number(), count: count() }));
const exportedRating = z.object({
  id: text(),
  itemId: orNull(text()),
  value: z.number(),
  occurredAt: time(),
});
const exportedPage = { ratings: z.array(exportedRating), next: maybe(text()) };
const exportPage = named("ExportPage", z.object(exportedPage));
export const wholeExport = named(
  "Export",
  z.object({
    exportedAt: time(),
    community: text(),
    userId: text(),
    ...membershipFields(),
    ...misses(),
    isOperator: flag(),
    tags: tags(),
    joinedAt: orNull(time()),
    lastSeenAt: orNull(day()),
    availability: orNull(availabilitySchema),
    userFactors: orNull(userFactors),
    itemFactors: z.object({ modelVersion: count(), values: z.array(z.number()) }),
    blocks: z.array(text()),
    countsOfTheHour: z.object({ gradients: hourCount, changes: hourCount, modelReads: hourCount }),
    feedback: z.array(ownFeedback),
    meetings: z.array(meeting),
    notHere: z.array(text()),
    ...exportedPage,
  }),
);
/** Pages behind the first hold ratings alone. */
export const exported = named("Exported", z.union([wholeExport, exportPage]));
