import { PAGE_COMMITS_MAX } from "../domain/limits.ts";
import { historyQuerySchema } from "../domain/messages/messages.ts";
import type { Rejection } from "../domain/model/judging.ts";
import { type LoggedCommit, readHistory } from "../infra/commit-log.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, queryOf } from "./http/http.ts";

/** How many gradients were rejected for each reason. */
function countReasons({ rejected }: LoggedCommit): Partial<Record<Rejection, number>> {
  const counts: Partial<Record<Rejection, number>> = {};
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** `GET C/history`: the commit log from a model version on, by pages; `next` is the `from` of the following one. */
export const handler = endpoint(async (event) => {
  const { head, request } = await readOperatorRequest(event);
  const from = Number(queryOf(event, historyQuerySchema).from ?? 1);
  const logged = await readHistory(head.community, from, PAGE_COMMITS_MAX, request.nowMs);
  const commits = logged.map((commit) => ({
    modelVersion: commit.modelVersion,
    committedAt: new Date(commit.committedAtMs).toISOString(),
    applied: commit.applied.length,
    rejected: commit.rejected.length,
    ...(commit.senders ? { senders: commit.senders.count, needed: commit.senders.needed } : {}),
    ...(commit.restored === undefined ? {} : { restored: commit.restored }),
    reasons: countReasons(commit),
    gradientNorm: commit.gradientNorm,
  }));
  const last = commits.at(-1)?.modelVersion;
  const next = last !== undefined && last < head.modelVersion ? { next: last + 1 } : {};
  return { status: 200, body: { commits, ...next } };
});
