import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { joinLoop } from "../../scripts/attack/members/join-loop.ts";
import { plantedTags } from "../../scripts/attack/members/planted-tags.ts";
import { returnAfterBlock } from "../../scripts/attack/members/return.ts";
import { toggleMembership } from "../../scripts/attack/members/toggle.ts";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";

jest.setTimeout(180_000);

let system: LocalSystem;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  system = await startLocalSystem({ params: { gradientWindowSeconds: 1 } });
});
afterAll(() => system.stop());

test("who was blocked and comes back under a new handle is never with who blocked them", async () => {
  expect(await returnAfterBlock(system, 5)).toMatchObject([{ holds: true }]);
});

test("a loop of leaving and joining burns no row, makes nobody's gradient stale, and gives no more of the hour", async () => {
  expect(await joinLoop(system)).toMatchObject([{ holds: true }]);
});

test("neither pauses nor blocks three times a second keep a round from being published", async () => {
  expect(await toggleMembership(system, 1, 60)).toMatchObject([{ holds: true }, { holds: true }]);
});

test("no note names members whose block an operator looks for", async () => {
  expect(await plantedTags(system, 2)).toMatchObject([{ holds: true }]);
});
