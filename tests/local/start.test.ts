import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "@jest/globals";

const script = new URL("../../scripts/start.ts", import.meta.url).pathname;
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

function start(...flags: string[]) {
  const child = spawn(process.execPath, [script, ...flags]);
  children.push(child);
  const said: string[] = [];
  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        said.push(line);
        if (line.startsWith("listening on ")) resolve(line.slice("listening on ".length));
      });
    }
  });
  const ended = once(child, "close").then(([code]) => ({ code, said }));
  return { child, said, listening, ended };
}

test("npm start serves until SIGTERM, and another on its port says so in one line", async () => {
  const first = start("--port", "0");
  const url = await first.listening;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const health = await fetch(`${url}/health`);
  expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);

  const { port } = new URL(url);
  const second = await start("--port", port).ended;
  expect(second).toEqual({
    code: 1,
    said: [`npm start: port ${port} is taken; choose another with --port`],
  });

  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(0);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

test.each([
  [["--port", "x"], "npm start: --port x is no port"],
  [["--port", "0", "--param", "reportsMin"], "npm start: --param reportsMin is not name=value"],
  [["--prot", "3000"], "npm start: Unknown option '--prot'"],
])("npm start -- %j ends with one line", async (flags, line) => {
  const { code, said } = await start(...flags).ended;
  expect(code).toBe(1);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(line);
});
