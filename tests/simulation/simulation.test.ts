import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const script = fileURLToPath(new URL("../../scripts/simulate.ts", import.meta.url));

/**
 * `npm run simulate`, in a process of its own: it takes over the clock, and gives each Lambda its own
 * modules.
 */
function run(...options: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...options], (_, stdout, stderr) =>
      resolve((stdout + stderr).trimEnd().split("\n")),
    );
  });
}

function simulate(first: number, seeds: number, ...options: string[]): Promise<string[]> {
  return run("--seed", String(first), "--seeds", String(seeds), ...options);
}

// `.ci/run` takes 200 seeds of the first, 60 of the second, and 200 of the third.
test("no seed of 12 finds an accepted gradient lost, counted twice, or read by halves", async () => {
  const halves = await Promise.all([simulate(1, 6), simulate(7, 6)]); // one a core
  expect(halves.flat()).toEqual([1, 2].map(() => expect.stringMatching(/^6 seeds, 0 failed; /)));
}, 600_000);

test("no seed of 8 finds a user twice, a lost block or ban, or a device with a wrong handle", async () => {
  const halves = await Promise.all([simulate(1, 4, "--memberships"), simulate(5, 4, "--memberships")]);
  expect(halves.flat()).toEqual([1, 2].map(() => expect.stringMatching(/^4 seeds, 0 failed; /)));
}, 600_000);

test("no seed of 8 finds a report lost, a sum told twice, or a model moved by anything but what devices encoded", async () => {
  const halves = await Promise.all([simulate(1, 4, "--secure"), simulate(5, 4, "--secure")]);
  expect(halves.flat()).toEqual([1, 2].map(() => expect.stringMatching(/^4 seeds, 0 failed; /)));
}, 600_000);

test("the same seed gives the same run, whichever ran before it", async () => {
  const [alone, after] = await Promise.all([simulate(7, 1, "--trace"), simulate(6, 2, "--trace")]);
  const runOf7 = alone.slice(0, -1);
  expect(runOf7.length).toBeGreaterThan(50);
  expect(after.slice(-1 - runOf7.length, -1)).toEqual(runOf7);
}, 180_000);

// This one handler's, and that every handler has its scenario; `npm run simulate -- --calls` takes all.
test("no fault at any AWS call of a post loses or doubles its gradient", async () => {
  const said = await run("--calls", "--handler", "submit-gradient");
  expect(said[0]).toMatch(/^submit-gradient, a gradient: 5 calls, \d+ faults, 0 violations$/);
}, 180_000);
