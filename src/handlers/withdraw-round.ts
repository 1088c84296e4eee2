import { Problem } from "../domain/errors.ts";
import { MINUTE_MS, WITHDRAWAL_AGE_MAX_MS } from "../domain/limits.ts";
import { isInSeason } from "../domain/rounds/season.ts";
import { nobodyHasAnswered } from "../infra/feedback-store.ts";
import type { Head } from "../infra/head-store.ts";
import { nobodyIsTold, roundNoticeId } from "../infra/notice-store.ts";
import { retry } from "../infra/retry.ts";
import { readRound, withdrawRound } from "../infra/round-store.ts";
import { readSeason, seasonRoundBack } from "../infra/season-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";
import { roundNumberOf, unknownRound } from "./http/round-body.ts";

const kept = (detail: string): Problem => new Problem("round-closed", detail);

/** Of the conditions in their order. */
const REASONS = ["A member has said already how it went.", "A webhook is told of the round already."];

/** One attempt; true when the round is withdrawn, null when somebody came between. */
async function tryWithdraw(head: Head, number: number, nowMs: number): Promise<true | null> {
  const { community, latestRound } = head;
  const round = number < head.round ? await readRound(community, number) : null;
  if (!round || round.state === "draft") throw unknownRound(number);
  if (round.state === "withdrawn") return true;
  if (number !== latestRound) throw kept(`Round ${number} is not the latest, which is ${latestRound}.`);
  if (nowMs - round.publishedAtMs! > WITHDRAWAL_AGE_MAX_MS)
    throw kept(`A round can be withdrawn for ${WITHDRAWAL_AGE_MAX_MS / MINUTE_MS} minutes.`);
  const season = await readSeason(community);
  const notice = roundNoticeId(number, round.publishedAtMs!);
  const conditions = [nobodyHasAnswered(community, number), nobodyIsTold(community, notice)];
  const back = season && isInSeason(season, number) ? [seasonRoundBack(community, season, number)] : [];
  const result = await withdrawRound(head, round, conditions, back);
  if (result.outcome === "kept") throw kept(REASONS[result.condition]);
  return result.outcome === "committed" ? true : null;
}

/**
 * `DELETE C/rounds/{round}`: withdraws the latest round, within an hour, before anybody has said how it went
 * or a webhook is told.
 */
export const handler = endpoint(async (event) => {
  const { request } = await readOperatorRequest(event);
  const number = roundNumberOf(event);
  const isWithdrawn = await retry(async () => {
    const { head } = await readOperatorRequest(event);
    return tryWithdraw(head, number, request.nowMs);
  });
  if (!isWithdrawn) throw new Problem("try-again", "The community was busy.", { retryAfterSeconds: 1 });
  return { status: 204 };
});
