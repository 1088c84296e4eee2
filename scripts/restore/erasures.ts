// Erases again what members had erased after the time that the tables were restored to.

import { eraseHosted, hasRatings } from "../../src/handlers/steps/ratings-erasure.ts";
import { markDeleted } from "../../src/infra/community-erasure.ts";
import { type Erasure, listErasures } from "../../src/infra/erasure-list.ts";
import { eraseAnswersOf } from "../../src/infra/feedback-store.ts";
import { formerPut } from "../../src/infra/former-store.ts";
import type { Head } from "../../src/infra/head-store.ts";
import { type Member, readMembers, removalOf, removeUserFactors } from "../../src/infra/member-store.ts";
import { transactPatiently } from "../../src/infra/transaction.ts";

/** A line is written before its erasure is in the tables: up to half a minute, and two clocks may differ by one. */
const MARGIN_MS = 10 * 60_000;

/** What was erased in a community since a time, oldest first. */
async function readErasures(community: string, sinceMs: number): Promise<Erasure[]> {
  return (await listErasures(community))
    .filter(({ atMs }) => atMs >= sinceMs)
    .sort((a, b) => a.atMs - b.atMs);
}

/** As leaving does, but for the row: the model is made anew afterwards, with zeros where nobody is. */
async function eraseMember(head: Head, member: Member, leftAtMs: number): Promise<void> {
  const { community } = head;
  await eraseAnswersOf(head, member.row);
  const writes = [...removalOf(community, member), await formerPut(community, member, leftAtMs)];
  const { outcome } = await transactPatiently(writes);
  if (outcome !== "committed")
    throw new Error(`${member.memberId} of ${community} could not be erased: ${outcome}`);
}

/** Marks a community as deleted again if it was since; the tick erases it. A younger one of the same name is another. */
export async function deleteAgain(head: Head, restoredToMs: number): Promise<boolean> {
  const erasures = await readErasures(head.community, restoredToMs - MARGIN_MS);
  const isGone = erasures.some(({ erased, atMs }) => erased === "community" && atMs > head.createdAtMs);
  if (isGone) await markDeleted(head, Date.now());
  return isGone;
}

/** Erases again; answers how many members had anything to erase. */
export async function replayErasures(head: Head, restoredToMs: number): Promise<number> {
  const { community } = head;
  const erasures = await readErasures(community, restoredToMs - MARGIN_MS);
  const members = new Map((await readMembers(community)).map((member) => [member.memberId, member]));
  const touched = new Set<string>();
  for (const { erased, memberId, atMs } of erasures) {
    const member = members.get(memberId);
    if (!member) continue; // joined after that time, or is erased by now
    touched.add(memberId);
    if (erased !== "factors" && hasRatings(member)) {
      await eraseHosted(community, member);
      members.set(memberId, { ...member, learning: "local", ratings: undefined, userFactors: undefined });
    }
    if (erased === "factors") await removeUserFactors(community, member.userId);
    if (erased === "member") {
      await eraseMember(head, member, atMs);
      members.delete(memberId);
    }
  }
  return touched.size;
}
