import { Problem } from "../domain/errors.ts";
import { isCurrent } from "../domain/rounds/round.ts";
import { lastRoundOf, type Season } from "../domain/rounds/season.ts";
import { readDirectory } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { readRounds } from "../infra/round-store.ts";
import { readSeason } from "../infra/season-store.ts";
import { readInsiderRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";
import { seasonOfMembers, seasonOfOperators } from "./http/season-body.ts";

/** The rounds of the season that are made, a draft only if it is of this very state. */
async function readMadeRounds(season: Season, head: Head, nowMs: number) {
  const last = Math.min(lastRoundOf(season), head.round);
  const rounds = await readRounds(head.community, season.firstRound, last);
  return rounds.filter(
    (round) => round.state === "published" || (round.state === "draft" && isCurrent(round, head, nowMs)),
  );
}

/** `GET C/season`: how good its plan is; to operators also the groups, and what of the plan no longer holds. */
export const handler = endpoint(async (event) => {
  const { head, isOperator, request } = await readInsiderRequest(event);
  const { community, nowMs } = request;
  const season = await readSeason(community);
  if (!season) throw new Problem("unknown-season", "PUT season plans one.");
  if (!isOperator) return { status: 200, body: seasonOfMembers({ season, head }) };
  const [made, directory] = await Promise.all([
    readMadeRounds(season, head, nowMs),
    readDirectory(community),
  ]);
  return { status: 200, body: seasonOfOperators({ season, head, made, directory }) };
});
