/**
 * Rounds as operators see them: `GET C/rounds` the published ones, `GET C/rounds/{round}` one of them or the
 * draft.
 */
import { Problem } from "../domain/errors.ts";
import { PAGE_ROUNDS_MAX } from "../domain/limits.ts";
import { parse } from "../domain/messages/messages.ts";
import { roundNameSchema, roundQuerySchema } from "../domain/messages/round-messages.ts";
import { becauseOf } from "../domain/rounds/group-facts.ts";
import { readDirectory } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { snapshotOf } from "../infra/model-store.ts";
import { readRound, readRounds } from "../infra/round-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { type HttpEvent, queryOf, resource, valid } from "./http/http.ts";
import { pageBody, pageStart } from "./http/pages.ts";
import { qualityBody } from "./http/quality-body.ts";
import { groupBodies, linesBody, roundSummary, unknownRound } from "./http/round-body.ts";
import { readRoundLines } from "./steps/round-lines.ts";

async function requireRound(event: HttpEvent, head: Head) {
  const name = valid(parse(roundNameSchema, event.pathParameters?.round, ["round"]));
  const number = name === "draft" ? head.round : Number(name);
  const round = number <= head.round ? await readRound(head.community, number) : null;
  if (round) return round;
  throw name === "draft" ? new Problem("unknown-round", "No draft is made yet.") : unknownRound(number);
}

export const handler = resource({
  /** Newest first. */
  async "GET /communities/{community}/rounds"(event) {
    const { head } = await readOperatorRequest(event);
    const before = Number(pageStart(event) ?? head.round);
    const last = Math.min(Number.isSafeInteger(before) ? before : head.round, head.round) - 1;
    const first = Math.max(1, last - PAGE_ROUNDS_MAX + 1);
    const values = (await readRounds(head.community, first, last)).reverse();
    const next = first > 1 ? String(first) : undefined;
    const body = pageBody("rounds", { values, next }, (round) => {
      const { totalAffinity, worstMemberAffinity, repeats } = round.quality;
      return { ...roundSummary(round), quality: { totalAffinity, worstMemberAffinity, repeats } };
    });
    return { status: 200, body };
  },

  async "GET /communities/{community}/rounds/{round}"(event) {
    const { head, request } = await readOperatorRequest(event);
    const { pairs } = queryOf(event, roundQuerySchema);
    const round = await requireRound(event, head);
    const directory = await readDirectory(head.community);
    const groups = groupBodies(round, directory, 0, round.groupCount).map((group, at) => {
      return { ...group, because: becauseOf(round.groupFacts[at], group.members.length) };
    });
    const body = { ...roundSummary(round), quality: qualityBody(round, directory), groups };
    if (pairs !== "true") return { status: 200, body };
    const lines = await readRoundLines(await snapshotOf(head), round, request.nowMs);
    return { status: 200, body: { ...body, ...linesBody(lines, directory) } };
  },
});
