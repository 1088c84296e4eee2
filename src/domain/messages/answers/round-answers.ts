/** Answers about groups, rounds and seasons. */
import * as z from "zod/mini";
import { groupingFields } from "../../community/settings.ts";
import { count, flag, maybe, memberFields, named, orNull, pageOf, text, time, told } from "./answer.ts";

export const note = named(
  "Note",
  told(
    z.object({
      note: text(),
      detail: text(),
      pairs: maybe(z.array(z.array(text()))),
      groups: maybe(z.array(z.array(text()))),
      members: maybe(z.array(text())),
    }),
    "Something that was wished for or planned and not kept.",
  ),
);

const groupFields = () => ({ groupId: text(), members: z.array(z.object(memberFields())) });
const because = () => told(z.array(text()), "Why these people, in words.");
const state = () => z.enum(["draft", "published", "withdrawn"]);
export const group = named("Group", z.object({ ...groupFields(), because: maybe(because()) }));

const madeOf = () => ({
  round: count(),
  state: state(),
  modelVersion: count(),
  reason: maybe(told(text(), "As whoever published it has given it.")),
  computedAt: time(),
  publishedAt: maybe(time()),
});
const summaryFields = () => ({
  ...madeOf(),
  groupCount: count(),
  groupSizes: z.array(z.object({ size: count(), groups: count() })),
});
export const roundSummary = named("RoundSummary", z.object(summaryFields()));

const shortQuality = () => ({
  totalAffinity: z.number(),
  worstMemberAffinity: z.number(),
  repeats: told(count(), "Pairs who had met before."),
});
const arm = z.object({
  ...{ arm: z.enum(["main", "experiment"]), members: count(), groups: count(), pairs: count() },
  ...{ metBefore: orNull(z.number()), affinity: orNull(z.number()), moved: orNull(count()) },
});
const quality = named(
  "RoundQuality",
  z.object({
    ...shortQuality(),
    notes: z.array(note),
    moved: told(orNull(count()), "How many the last change of the draft moved to another group."),
    engineSeconds: z.number(),
    servedVersion: maybe(count()),
    arms: maybe(z.array(arm)),
  }),
);
export const roundOverview = named(
  "RoundOverview",
  z.object({ ...summaryFields(), quality: z.object(shortQuality()) }),
);
export const rounds = pageOf("Rounds", "rounds", roundOverview);

const pair = z.object({
  members: z.array(text()),
  liking: z.enum(["low", "middle", "high"]),
  metRoundsAgo: told(orNull(count()), "1 for the round before; null where they never met."),
});
const absent = z.object({
  memberId: text(),
  why: z.enum(["paused", "skips", "not-opted-in", "joined-later", "missed", "not-in-it"]),
});
export const round = named(
  "Round",
  z.object({
    ...summaryFields(),
    quality,
    groups: z.array(group),
    pairs: maybe(z.array(pair)),
    absent: maybe(z.array(absent)),
  }),
);

export const feedback = named(
  "Feedback",
  z.object({ met: flag(), missing: told(z.array(text()), "memberIds of others of the group.") }),
);
export const ownFeedback = named(
  "OwnFeedback",
  z.object({ round: count(), met: flag(), missing: z.array(text()) }),
);
const period = z.object({ from: time(), to: time() });
export const assignment = named(
  "Assignment",
  z.object({
    ...madeOf(),
    ...groupFields(),
    because: because(),
    suggestedTimes: told(z.array(period), "Times that suit the whole group, best first."),
    feedback: maybe(told(feedback, "What the member has said of the round.")),
  }),
);
export const assignments = named(
  "Assignments",
  z.object({ ...summaryFields(), groups: z.array(group), next: maybe(text()) }),
);

const { groupSize, groupSizeMin, groupSizeMax, mixTags, matchTags, hostTag } = groupingFields();
const planned = z.object({
  round: count(),
  state: z.enum(["planned", "draft", "published", "withdrawn"]),
  groups: z.array(group),
});
/** Members see how good it is. */
export const season = named(
  "Season",
  z.object({
    state: z.enum(["running", "finished"]),
    ...{ rounds: count(), firstRound: count(), lastRound: count(), plannedAt: time(), memberCount: count() },
    quality: z.object({
      repeats: told(count(), "Meetings beyond a pair's first."),
      metBefore: told(count(), "Meetings of pairs that had met before the season."),
      affinity: z.number(),
      freeAffinity: told(z.number(), "The same if nobody minded who meets again."),
      affinityShare: z.number(),
    }),
    settings: maybe(z.object({ groupSize, groupSizeMin, groupSizeMax, mixTags, matchTags, hostTag })),
    notes: maybe(z.array(note)),
    plan: maybe(told(z.array(planned), "For operators, as are settings and notes.")),
  }),
);
