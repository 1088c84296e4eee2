/**
 * Lines of members: whoever is none becomes one, however the community is joined, unless they are banned; of
 * a member the tags are replaced. The learning mode of a member is their own.
 */
import { isDeepStrictEqual } from "node:util";
import { rowsMax } from "../../../domain/limits.ts";
import type { MemberLine } from "../../../domain/messages/import-messages.ts";
import { addMembers, ENTRANTS_MAX } from "../../../infra/entrants.ts";
import { type FormerMember, readFormer } from "../../../infra/former-store.ts";
import { type Head, readHead } from "../../../infra/head-store.ts";
import { type Membership, readMembership } from "../../../infra/membership.ts";
import { setTags } from "../../../infra/person-store.ts";
import { freshStanding, newMember, newMemberId } from "../newcomers.ts";
import { rejoin } from "../rejoin.ts";
import type { Judged, LineKind } from "./lines.ts";

/** A line, and whom it is about. */
interface Found extends Membership {
  line: MemberLine;
  former: FormerMember | null;
}

async function find(community: string, line: MemberLine, nowMs: number): Promise<Found> {
  const membership = await readMembership(community, line.userId);
  const former = membership.member ? null : await readFormer(community, line.userId, nowMs);
  return { ...membership, line, former };
}

function reasonAgainst({ line, member, status, former }: Found): string | null {
  if (status === "banned" || former?.standing.isBanned) return "is banned";
  if (!member || line.learning === undefined || line.learning === member.learning) return null;
  return `is a member already, who chose learning ${member.learning}`;
}

/** The community, and the lines with whom they are about; of the new ones as many as there are rows left. */
async function judged(community: string, lines: readonly MemberLine[], rowsTaken: number, nowMs: number) {
  const [head, found] = await Promise.all([
    readHead(community),
    Promise.all(lines.map((line) => find(community, line, nowMs))),
  ]);
  if (!head) return null;
  let free = rowsMax(head.settings.factors) - head.rowCount - rowsTaken;
  const outcomes = found.map((one): Judged => {
    const reason = reasonAgainst(one);
    if (reason !== null) return { reason };
    const isNew = !one.member && !one.former;
    if (isNew && free-- <= 0) return { reason: "the community has no row left" };
    return { isNew };
  });
  return { head, found: found.filter((_, n) => "isNew" in outcomes[n]), outcomes };
}

function newcomer(
  joined: Parameters<typeof newMember>[0],
  head: Head,
  { learning, tags = {} }: MemberLine,
  nowMs: number,
) {
  return { ...newMember(joined, head, { learning }, nowMs), tags };
}

/** Somebody who was there before comes back to their row, by a commit of their own. */
async function takeBack(head: Head, { line, status, former }: Found, nowMs: number): Promise<boolean> {
  const joined = { userId: line.userId, memberId: newMemberId(), ...former!.standing };
  const member = newcomer(joined, head, line, nowMs);
  const { outcome } = await rejoin(head, member, former!, { nowMs, before: status, also: [] });
  return outcome === "committed";
}

/**
 * Writes what the lines say and is not so yet; false where others came between, and the rest is to be judged
 * anew.
 */
async function write(head: Head, found: readonly Found[], nowMs: number): Promise<boolean> {
  const { community } = head;
  const tagged = found.flatMap(({ member, line: { userId, tags } }) =>
    member && tags && !isDeepStrictEqual(member.tags, tags)
      ? { userId, memberId: member.memberId, tags }
      : [],
  );
  if (tagged.length > 0 && (await setTags(community, tagged)).outcome !== "committed") return false;
  const entrants = found
    .filter(({ member, former }) => !member && !former)
    .map(({ line, status }, n) => {
      const joined = { userId: line.userId, memberId: newMemberId(), ...freshStanding(head.rowCount + n) };
      return { member: newcomer(joined, head, line, nowMs), before: status };
    });
  if (entrants.length > 0 && (await addMembers(head, entrants)).outcome !== "committed") return false;
  for (const back of found.filter(({ former }) => former))
    if (!(await takeBack((await readHead(community)) ?? head, back, nowMs))) return false;
  return true;
}

export const memberLines: LineKind<MemberLine> = {
  keyOf: ({ userId }) => userId,
  linesAtOnce: ENTRANTS_MAX,
  async judge(community, lines, rowsTaken, nowMs) {
    return (await judged(community, lines, rowsTaken, nowMs))?.outcomes ?? null;
  },
  async load(community, lines, nowMs) {
    const now = await judged(community, lines, 0, nowMs);
    if (!now) return "gone";
    return (await write(now.head, now.found, nowMs)) ? now.outcomes : null;
  },
};
