import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { strangers } from "../../scripts/attack/members/strangers.ts";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";

jest.setTimeout(180_000);

let system: LocalSystem;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  system = await startLocalSystem();
});
afterAll(() => system.stop());

test("a stranger neither reads nor joins a closed community, and no answer tells it from none", async () => {
  const lines = await strangers(system, 2);
  const timed = lines.filter(({ name }) => name.includes("AUC"));
  expect(timed).toHaveLength(2); // clocks are the attack command's matter, not a test's
  expect(lines.filter((line) => !timed.includes(line)).map(({ holds }) => holds)).toEqual(
    Array(5).fill(true),
  );
});
