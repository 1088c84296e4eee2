/** Runs of the handlers that take in gradients and ratings, and of those that read what was learned. */
import {
  contributeAll,
  contributeKnown,
  gatherUntilDue,
  host,
  idOf,
  learn,
  member,
  rate,
  rateAndLearn,
  rateKnown,
  received,
  SCHEDULED,
  type Scenario,
} from "./scenario.ts";
import { C } from "./world.ts";

/** Two reports are not enough, so nothing is asked of a helper. */
const SECURE = { sums: "secure", sumMembersMin: 4 };

export const LEARNING_SCENARIOS: readonly Scenario[] = [
  member("get-model", "the model", () => ({ route: `GET ${C}/model` }), { prepare: learn }),
  {
    ...{ handler: "submit-gradient", what: "a gradient" },
    occasion: (world) => ({ call: world.gradientCall("ana") }),
  },
  {
    ...{ handler: "submit-report", what: "the first report of a sum", settings: SECURE },
    occasion: (world) => ({ call: world.reportCall("ana") }),
  },
  {
    ...{ handler: "apply-gradients", what: "reports that wait", settings: SECURE },
    prepare: async (world) => {
      for (const user of ["ana", "bo"]) await world.call("submit-report", world.reportCall(user));
    },
    occasion: ({ queues }) => received(queues),
  },
  member(
    "get-gradient",
    "a status",
    (world) => ({ route: `GET ${C}/gradients/{id}`, parameters: idOf(world) }),
    { prepare: contributeKnown },
  ),
  {
    ...{ handler: "submit-rating", what: "a rating", prepare: host },
    occasion: (world) => ({ call: world.ratingCall("ana", "bo") }),
  },
  member("get-rating", "a status", (world) => ({ route: `GET ${C}/ratings/{id}`, parameters: idOf(world) }), {
    prepare: rateKnown,
  }),
  member(
    "recommendations",
    "recommendations",
    () => ({ route: `GET ${C}/recommendations/me`, query: { exclude: "met,rated" } }),
    { prepare: rateAndLearn },
  ),
  {
    ...{ handler: "apply-gradients", what: "a batch that makes a sum", prepare: contributeAll },
    occasion: ({ queues }) => received(queues),
  },
  {
    ...{ handler: "apply-gradients", what: "a batch that waits", settings: { sumSecondsMin: 5 } },
    prepare: contributeAll,
    occasion: ({ queues }) => received(queues),
  },
  {
    ...{ handler: "commit-sums", what: "a sum that is due", settings: { sumSecondsMin: 5 } },
    prepare: gatherUntilDue,
    occasion: () => SCHEDULED,
  },
  {
    ...{ handler: "apply-ratings", what: "ratings", prepare: rate },
    occasion: ({ queues }) => received(queues.ratings),
  },
];
