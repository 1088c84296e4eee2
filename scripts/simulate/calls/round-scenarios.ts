/** Runs of the handlers about drafts, rounds and seasons. */
import { sqsEvent } from "../../../tests/fixtures/events.ts";
import { advanceClock } from "../../../tests/simulation/clock.ts";
import {
  CADENCE,
  DAY_MS,
  FEEDBACK,
  gatherUntilDue,
  learn,
  member,
  operator,
  planSeason,
  publish,
  publishOfSeason,
  SCHEDULED,
  type Scenario,
  SEASON,
  sayMissed,
} from "./scenario.ts";
import { C } from "./world.ts";

export const ROUND_SCENARIOS: readonly Scenario[] = [
  {
    ...{ handler: "assign-groups", what: "a draft, by the stream" },
    occasion: (world) => ({ event: world.streamEvent() }),
  },
  {
    ...{ handler: "assign-groups", what: "a draft after a sum, by a signal", settings: { sumSecondsMin: 5 } },
    prepare: gatherUntilDue,
    occasion: ({ queues }) => ({ event: sqsEvent(queues.signals.splice(0, 1)) }),
  },
  operator(
    "publish-round",
    "a round, with a key",
    () => ({ route: `POST ${C}/rounds`, headers: { "idempotency-key": "first" } }),
    { prepare: learn },
  ),
  {
    ...{ handler: "publish-due-rounds", what: "a due round", settings: CADENCE },
    prepare: async (world) => {
      await learn(world);
      advanceClock(2 * DAY_MS);
    },
    occasion: () => SCHEDULED,
  },
  member("put-feedback", "a meeting that was none", () => FEEDBACK, { prepare: publish }),
  member("put-feedback", "another word on it", () => ({ ...FEEDBACK, body: { met: true } }), {
    prepare: sayMissed,
  }),
  operator(
    "withdraw-round",
    "a round taken back, of a season",
    () => ({ route: `DELETE ${C}/rounds/{round}`, parameters: { round: "1" } }),
    { prepare: publishOfSeason },
  ),
  member("get-assignment", "one's group", () => ({ route: `GET ${C}/assignments/me` }), { prepare: publish }),
  operator("list-assignments", "all groups", () => ({ route: `GET ${C}/assignments` }), { prepare: publish }),
  operator(
    "get-round",
    "a round with its lines",
    () => ({ route: `GET ${C}/rounds/{round}`, parameters: { round: "1" }, query: { pairs: "true" } }),
    { prepare: publish },
  ),
  operator("get-round", "the list of rounds", () => ({ route: `GET ${C}/rounds` }), { prepare: publish }),
  operator(
    "preview-round",
    "the draft with another penalty",
    () => ({ route: `POST ${C}/rounds/preview`, body: { settings: { diversityPenalty: 0 } } }),
    { prepare: learn, isRepeated: true }, // each try counts, so that nobody has more of them by failing
  ),
  operator("put-season", "a season", () => SEASON, { prepare: learn }),
  operator("get-season", "a season", () => ({ route: `GET ${C}/season` }), { prepare: planSeason }),
  operator("delete-season", "a season less", () => ({ route: `DELETE ${C}/season` }), {
    prepare: planSeason,
  }),
];
