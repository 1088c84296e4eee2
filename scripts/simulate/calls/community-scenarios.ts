/** Runs of the handlers about a community: its settings, items, log, versions, deletion, and the sweep. */
import { dynamodb } from "../../../src/infra/aws.ts";
import { advanceClock } from "../../../tests/simulation/clock.ts";
import {
  CADENCE,
  keepAndLearn,
  learn,
  leaveGarbage,
  MINUTE_MS,
  member,
  operator,
  publish,
  rate,
  SCHEDULED,
  type Scenario,
} from "./scenario.ts";
import { C, SETTINGS } from "./world.ts";

/** Nobody listens there. */
const WEBHOOK = {
  ...{ route: `PUT ${C}/webhooks/{webhook}`, parameters: { webhook: "app" } },
  body: { url: "http://127.0.0.1:65535/", events: ["round.published"] },
};

export const COMMUNITY_SCENARIOS: readonly Scenario[] = [
  operator("put-community", "a new community", () => ({ route: `PUT ${C}`, body: { settings: SETTINGS } }), {
    isFirst: true,
  }),
  operator("put-community", "settings", () => ({ route: `PUT ${C}`, body: { settings: CADENCE } })),
  member("get-community", "a community", () => ({ route: `GET ${C}` })),
  member("communities", "one's own", () => ({ route: "GET /me" })),
  operator("delete-community", "a deletion", () => ({ route: `DELETE ${C}` }), {
    prepare: publish,
    answerAgain: 404,
  }),
  {
    ...{ handler: "delete-community", what: "the tick after a deletion" },
    prepare: async (world) => {
      await learn(world);
      await world.operate("delete-community", { route: `DELETE ${C}` });
      advanceClock(2 * MINUTE_MS);
    },
    occasion: () => SCHEDULED,
  },
  operator("items", "an item", () => ({
    route: `PUT ${C}/items/{itemId}`,
    parameters: { itemId: "film" },
  })),
  operator("webhooks", "a webhook", () => WEBHOOK),
  {
    ...{ handler: "deliver-notices", what: "a published round, to a webhook that is down" },
    prepare: async (world) => {
      await world.operate("webhooks", WEBHOOK);
      await publish(world);
    },
    occasion: async (world) => ({ event: await world.noticeEvent(dynamodb, "round.published") }),
  },
  operator("get-history", "the log", () => ({ route: `GET ${C}/history` }), { prepare: learn }),
  operator("stats", "figures by the week", () => ({ route: `GET ${C}/stats` }), { prepare: publish }),
  operator("operations", "what waits", () => ({ route: `GET ${C}/operations` }), { prepare: learn }),
  operator(
    "put-community",
    "a pin",
    () => ({ route: `PUT ${C}`, body: { settings: { pinnedVersion: 1 } } }),
    {
      prepare: keepAndLearn,
    },
  ),
  operator(
    "versions",
    "a version with a name",
    () => ({ route: `POST ${C}/versions`, body: { name: "start" } }),
    {
      prepare: learn,
      answerAgain: 200,
    },
  ),
  operator(
    "versions",
    "a version that is let go of",
    () => ({ route: `DELETE ${C}/versions/{version}`, parameters: { version: "1" } }),
    {
      answerAgain: 404,
      prepare: async (world) => {
        await learn(world);
        await world.operate("versions", { route: `POST ${C}/versions`, body: {} });
      },
    },
  ),
  operator(
    "compare-versions",
    "a comparison",
    () => ({ route: `GET ${C}/versions/compare`, query: { a: "1" } }),
    {
      isRepeated: true,
      prepare: async (world) => {
        await rate(world);
        await world.drainQueues();
        await keepAndLearn(world);
      },
    },
  ),
  operator("versions", "kept versions", () => ({ route: `GET ${C}/versions` }), {
    prepare: keepAndLearn,
  }),
  operator(
    "versions",
    "a restore while a sum waits",
    () => ({ route: `POST ${C}/versions/{version}/restore`, parameters: { version: "1" } }),
    {
      isRepeated: true,
      prepare: async (world) => {
        await keepAndLearn(world);
        await world.contribute("ana");
        await world.drainQueues();
      },
    },
  ),
  { handler: "sweep-objects", what: "a sweep", prepare: leaveGarbage, occasion: () => SCHEDULED },
];
