/**
 * What operators see of a round beside its groups: lines between those who share one, and who is not in it
 * and why.
 */
import { attends } from "../../domain/community/attendance.ts";
import { type PairLine, pairLines } from "../../domain/rounds/pair-lines.ts";
import { type Round, rowsByGroup } from "../../domain/rounds/round.ts";
import { type Member, readMembers } from "../../infra/member-store.ts";
import type { Snapshot } from "../../infra/model-store.ts";
import { readRoundState } from "./draft.ts";

/** A round's lines are for looking at: 1,000 groups of 4 are 6,000 of them, half a megabyte. */
const GROUPS_WITH_LINES_MAX = 1_000;

/**
 * Why a member is in none of the groups; `not-in-it` where a published round does not tell; `missed` too many
 * in a row.
 */
export type Absence = "paused" | "skips" | "not-opted-in" | "joined-later" | "missed" | "not-in-it";

export interface RoundLines {
  pairs: PairLine[];
  absent: { memberId: string; why: Absence }[];
}

/** A pause or a wish is known as it is now, so it explains the draft alone. */
function absenceOf(member: Member, { head }: Snapshot, round: Round, nowMs: number): Absence {
  const madeAtMs = round.publishedAtMs ?? round.computedAtMs;
  if ((member.joinedAtMs ?? 0) > madeAtMs) return "joined-later";
  if (round.state !== "draft") return "not-in-it";
  const occasion = { round: head.round, latestRound: head.latestRound, nowMs };
  const isThere = (wishes: Partial<Member>, participation: "everyone" | "opt-in") =>
    attends({ ...member, ...wishes }, { ...occasion, participation });
  if (!isThere({ skippedRound: undefined }, "everyone")) return "paused";
  if (!isThere({}, "everyone")) return "skips";
  return isThere({}, head.settings.participation) ? "missed" : "not-opted-in";
}

export async function readRoundLines(snapshot: Snapshot, round: Round, nowMs: number): Promise<RoundLines> {
  const { head } = snapshot;
  const members = (await readMembers(head.community)).filter((member) => !member.isBanned);
  const isIn = ({ row }: Member) => (round.groupOf[row] ?? -1) >= 0;
  const state = await readRoundState(snapshot, round, members, nowMs);
  return {
    pairs: pairLines(state, rowsByGroup(round).slice(0, GROUPS_WITH_LINES_MAX)),
    absent: members
      .filter((member) => !isIn(member))
      .map((member) => ({ memberId: member.memberId, why: absenceOf(member, snapshot, round, nowMs) })),
  };
}
