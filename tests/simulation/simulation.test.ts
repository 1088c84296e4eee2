import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const script = fileURLToPath(new URL("../../scripts/simulate.ts", import.meta.url));

/** `npm run simulate`, in a process of its own: it takes over the clock, and gives each Lambda its own modules. */
function simulate(...options: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...options], (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

test("no seed of 200 finds an accepted gradient lost, counted twice, or read by halves", async () => {
  expect(await simulate("--seeds", "200")).toMatch(/^200 seeds, 0 failed; .*\n$/);
}, 170_000);

test("the same seed gives the same run, whichever ran before it", async () => {
  const [alone, after] = [
    await simulate("--seed", "7", "--trace"),
    await simulate("--seed", "5", "--seeds", "3", "--trace"),
  ];
  const runOf7 = alone.split("\n").slice(0, -2);
  expect(runOf7.length).toBeGreaterThan(50);
  expect(after.split("\n").slice(0, -2).slice(-runOf7.length)).toEqual(runOf7);
}, 60_000);
