/** The return of a former member: the row of before starts anew in one commit, so that every device learns its new handle. */
import { restartMember } from "../../domain/model/apply-batch.ts";
import { entryPut } from "../../infra/directory-store.ts";
import { type FormerMember, formerRemoval } from "../../infra/former-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { type Member, memberWrite } from "../../infra/member-store.ts";
import { modelOf, putBlocks, rowSnapshot, writeCommit } from "../../infra/model-store.ts";
import type { TransactionOutcome } from "../../infra/transaction.ts";

export interface Return {
  nowMs: number;
  /** What they must be still, beside a former member. */
  before: Parameters<typeof memberWrite>[2];
  /** What joins the commit. */
  also: NonNullable<Parameters<typeof writeCommit>[5]>;
}

/** Adds the member at the row of the former one, unless that one has come back already or the model moved. */
export async function rejoin(
  head: Head,
  member: Member,
  former: FormerMember,
  { nowMs, before, also }: Return,
): Promise<TransactionOutcome> {
  const { community, committedSum } = head;
  const { userId, memberId, row } = member;
  const { modelVersion, gradientNorm, blocks } = restartMember(modelOf(await rowSnapshot(head, row)), row);
  const commit = { modelVersion, gradientNorm, committedSum, applied: [], rejected: [] };
  const made = await putBlocks(community, blocks, modelVersion);
  const change = { members: 1, moves: { rejoinedVersion: modelVersion } };
  return writeCommit(head, commit, made, nowMs, change, [
    memberWrite(community, member, before),
    entryPut(community, { row, itemId: memberId, joinedAtVersion: modelVersion }),
    await formerRemoval(community, userId, former),
    ...also,
  ]);
}
