/** Runs of the handlers of imports, a step each: what follows it drains by later ticks. */
import { advanceClock } from "../../../tests/simulation/clock.ts";
import { idOf, ids, MINUTE_MS, operator, SCHEDULED, type Scenario } from "./scenario.ts";
import { C, PEOPLE, type World } from "./world.ts";

const step = (what: string, kind: string, file: (world: World) => string, ticksBefore: number): Scenario => ({
  ...{ handler: "run-imports", what },
  async prepare(world) {
    for (const name of PEOPLE.slice(0, 3)) await world.join(name, { learning: "hosted" });
    await world.operate("items", { route: `PUT ${C}/items/{itemId}`, parameters: { itemId: "film" } });
    ids.set(world, await world.import(kind, file(world)));
    for (let n = 0; n < ticksBefore; n++) {
      await world.tick("run-imports");
      advanceClock(MINUTE_MS);
    }
  },
  occasion: () => SCHEDULED,
});

const members = (world: World) =>
  `userId,tag.a\n${world.userId("ana")},x\n${world.userId("eve")},y\n${world.userId("fay")},z\n`;
const items = () => "itemId,title\nfilm,Film\nother,Other\n";
/** No likings, of which some would be held out, in one community others than in the next. */
const ratings = (world: World) => {
  const lines = PEOPLE.slice(0, 3).map((name) => `${world.userId(name)},film,-4`);
  return ["userId,itemId,value", ...lines].join("\n");
};

export const IMPORT_SCENARIOS: readonly Scenario[] = [
  operator("imports", "an import", () => ({ route: `POST ${C}/imports`, body: { kind: "items" } }), {
    isRepeated: true,
  }),
  operator(
    "imports",
    "one import",
    (world) => ({ route: `GET ${C}/imports/{id}`, parameters: idOf(world) }),
    {
      prepare: async (world) => void ids.set(world, await world.import("items", items())),
    },
  ),
  operator("imports", "all imports", () => ({ route: `GET ${C}/imports` })),
  step("a file that has come", "members", members, 0),
  step("members", "members", members, 1),
  step("items", "items", items, 1),
  step("ratings", "ratings", ratings, 1),
  step("a sum of training", "ratings", ratings, 2),
  step("the end of an import", "members", members, 2),
];
