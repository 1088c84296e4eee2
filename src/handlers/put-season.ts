import { Problem } from "../domain/errors.ts";
import { SEASON_FINISH_MS, SEASON_PEOPLE_MAX } from "../domain/limits.ts";
import { parse, seasonBodySchema } from "../domain/messages/messages.ts";
import type { GroupingState } from "../domain/rounds/compose-draft.ts";
import { planSeason } from "../domain/rounds/plan-season.ts";
import type { Season } from "../domain/rounds/season.ts";
import { readDirectory } from "../infra/directory-store.ts";
import type { Head } from "../infra/head-store.ts";
import { readSnapshot } from "../infra/model-store.ts";
import { storeSeason } from "../infra/season-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, jsonBody, requireChanged, unknownCommunity, valid } from "./http/http.ts";
import { seasonOfOperators } from "./http/season-body.ts";
import { readSeasonState } from "./steps/draft.ts";
import { stopInTime, type TimeBudget } from "./steps/time-limit.ts";

/** The plan, made in time to put people on its places afterwards and to store it. */
function plan(
  head: Head,
  state: GroupingState,
  roundCount: number,
  nowMs: number,
  budget: TimeBudget,
): Season {
  const { community, settings, round } = head;
  const { groupSize, groupSizeMin, groupSizeMax, mixTags, matchTags, hostTag } = settings;
  const searchBudget: TimeBudget = {
    functionName: budget.functionName,
    getRemainingTimeInMillis: () => budget.getRemainingTimeInMillis() - SEASON_FINISH_MS,
  };
  const shouldStop = stopInTime(searchBudget, { community, round, people: state.people.length });
  const { rounds, quality } = planSeason(state, roundCount, shouldStop);
  return {
    firstRound: round,
    plannedAtMs: nowMs,
    settings: { groupSize, groupSizeMin, groupSizeMax, mixTags, matchTags, hostTag },
    quality,
    rows: Uint32Array.from(state.people, ({ row }) => row),
    rounds,
    withdrawn: [],
  };
}

function requirePlannable({ people }: GroupingState): void {
  if (people.length < 2)
    throw new Problem("nobody-to-group", "Fewer than two members can take part: others are paused.");
  if (people.length > SEASON_PEOPLE_MAX) {
    const detail = `A season is planned for up to ${SEASON_PEOPLE_MAX} members; ${people.length} can take part.`;
    throw new Problem("season-too-large", detail);
  }
}

/** `PUT C/season`: plans the next rounds together, in place of a season before; anew if a round is published meanwhile. */
export const handler = endpoint(async (event, budget) => {
  const { community, nowMs } = (await readOperatorRequest(event)).request;
  const { rounds } = valid(parse(seasonBodySchema, jsonBody(event)));
  do {
    const snapshot = await readSnapshot(community);
    if (!snapshot) throw unknownCommunity(community);
    const { head } = snapshot;
    const state = await readSeasonState(snapshot, nowMs);
    requirePlannable(state);
    const season = plan(head, state, rounds, nowMs, budget);
    const result = await storeSeason(community, season);
    if (result.outcome !== "condition") {
      requireChanged(result, community); // another plan would get through no better
      const directory = await readDirectory(community);
      return { status: 200, body: seasonOfOperators({ season, head, made: [], directory }) };
    }
  } while (budget.getRemainingTimeInMillis() > SEASON_FINISH_MS);
  throw new Problem("try-again", "A round was published meanwhile.", { retryAfterSeconds: 1 });
});
