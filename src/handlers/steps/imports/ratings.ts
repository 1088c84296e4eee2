/**
 * Lines of ratings, of hosted members. They are stored as the ones that members post, under ids that follow
 * from what they say, so that a line which comes twice, or again after a crash, is one rating.
 */
import { createHash } from "node:crypto";
import { learningModel } from "../../../domain/learning/hosted-learning.ts";
import { type LearningModel, learnUserFactors, ratingsIn } from "../../../domain/learning/learner.ts";
import { foldRatings, type Rating } from "../../../domain/learning/ratings.ts";
import { RATINGS_PER_TRANSACTION_MAX } from "../../../domain/limits.ts";
import type { RatingLine } from "../../../domain/messages/import-messages.ts";
import { uuidV7Of } from "../../../domain/messages/uuid-v7.ts";
import { findRows, readItemKinds } from "../../../infra/directory-store.ts";
import { readHead } from "../../../infra/head-store.ts";
import type { Import } from "../../../infra/import-store.ts";
import type { Member } from "../../../infra/member-store.ts";
import { type Membership, readMembership } from "../../../infra/membership.ts";
import { modelOf, readSnapshot } from "../../../infra/model-store.ts";
import { inParallel } from "../../../infra/object-store.ts";
import { readRatings, storeRatings } from "../../../infra/rating-store.ts";
import { retry } from "../../../infra/retry.ts";
import { firstEpochAtMs, gradientIdsOf } from "./gradient-ids.ts";
import type { Judged, LineKind } from "./lines.ts";

function reasonAgainst({ member, status }: Membership, row: number | undefined): string | null {
  if (!member) return "userId is no member's";
  if (status === "banned") return "userId is banned";
  if (member.learning !== "hosted") return "userId is of a member whose learning is local";
  if (row === undefined) return "itemId is no item's";
  return row === member.row ? "itemId is the member's own" : null;
}

async function judged(community: string, lines: readonly RatingLine[]) {
  const head = await readHead(community);
  if (!head) return null;
  const userIds = [...new Set(lines.map(({ userId }) => userId))];
  const read = await Promise.all(userIds.map((userId) => readMembership(community, userId)));
  const people = new Map(userIds.map((userId, n) => [userId, read[n]]));
  const rowOf = await findRows(head, [...new Set(lines.map(({ itemId }) => itemId))]);
  const outcomes = lines.map(({ userId, itemId }): Judged => {
    const reason = reasonAgainst(people.get(userId)!, rowOf.get(itemId));
    return reason === null ? { isNew: false } : { reason };
  });
  return { people, rowOf, outcomes };
}

function ratingOf(row: number, { value, occurredAtMs }: RatingLine, usualMs: number): Rating {
  const atMs = occurredAtMs ?? usualMs;
  const hash = createHash("sha256").update(`${row} ${value} ${atMs}`).digest();
  return { id: uuidV7Of(atMs, hash), row, value, occurredAtMs: atMs };
}

/** One attempt to store what is new of a member's ratings; null when they have rated meanwhile. */
async function tryStore(
  model: LearningModel,
  { community, one }: { community: string; one: Import },
  userId: string,
  ratings: readonly Rating[],
): Promise<true | null> {
  const { member } = await readMembership(community, userId);
  if (member?.learning !== "hosted" || !member.ratings) return true; // they have gone, or went local
  const gradientIdOf = await gradientIdsOf(one, { epoch: 1, epochAtMs: firstEpochAtMs(one) });
  const gradientId = gradientIdOf(member.row);
  let { version } = member.ratings; // of a member who has never rated it is 0
  let stored: readonly Rating[] = version === 0 ? [] : await readRatings(community, member.ratings.key);
  for (let from = 0; from < ratings.length; from += RATINGS_PER_TRANSACTION_MAX) {
    const folded = foldRatings(stored, ratings.slice(from, from + RATINGS_PER_TRANSACTION_MAX));
    if (folded.added.length === 0) continue;
    const userFactors = learnUserFactors(model, ratingsIn(model, folded.current, member.row));
    const asRead: Member = { ...member, ratings: { ...member.ratings, version: version++ } };
    const learned = { gradientId, userFactors, nowMs: Date.now() };
    const { outcome } = await storeRatings(community, asRead, folded, learned);
    if (outcome !== "committed") return null;
    stored = [...stored, ...folded.added];
  }
  return true;
}

/** Lines of ratings of one import: the ids of their gradients follow from it. */
export function ratingLines(one: Import): LineKind<RatingLine> {
  return {
    keyOf: ({ userId, itemId, value, occurredAtMs }) =>
      `${userId}\n${itemId}\n${value}\n${occurredAtMs ?? ""}`,
    linesAtOnce: Number.POSITIVE_INFINITY,
    async judge(community, lines) {
      return (await judged(community, lines))?.outcomes ?? null;
    },
    async load(community, lines) {
      const now = await judged(community, lines);
      const snapshot = await readSnapshot(community);
      if (!now || !snapshot) return "gone";
      const model = learningModel(modelOf(snapshot), await readItemKinds(snapshot.head));
      const good = lines.filter((_, n) => "isNew" in now.outcomes[n]);
      const byUser = [...Map.groupBy(good, ({ userId }) => userId)];
      await inParallel(byUser, async ([userId, ofOne]) => {
        const ratings = ofOne.map((line) => ratingOf(now.rowOf.get(line.itemId)!, line, one.createdAtMs));
        const isDone = await retry(() => tryStore(model, { community, one }, userId, ratings));
        if (!isDone)
          throw new Error(`ratings of ${community} could not be stored: others kept coming between`);
      });
      return now.outcomes;
    },
  };
}
