/** The operators' commands as they are run, against a local system that runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { findQueues } from "../../scripts/ops/queues.ts";
import { sqs } from "../../src/infra/aws.ts";

let system: LocalSystem;
beforeAll(async () => {
  system = await startLocalSystem();
});
afterAll(() => system.stop());

async function run(script: string, ...args: string[]) {
  const path = new URL(`../../scripts/${script}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  return { code, lines: output.trim().split("\n") };
}

const ops = (...args: string[]) => run("ops", ...args, "--url", system.url);

test("dead letters are counted, told and sent back; what nobody can read stays", async () => {
  const queues = findQueues(system.environment);
  const of = (name: string) => queues.find((queue) => queue.name === name)!;
  const leave = (name: string, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl: of(name).deadLettersUrl, MessageBody }));
  expect((await ops("status")).code).toBe(0);
  await leave("ratings", "not json");
  await leave("signals", JSON.stringify({ community: "chess" }));
  await leave("notices", JSON.stringify({ community: "chess", delivery: "delivery#app#1#n" }));

  const { code, lines } = await ops("status");
  expect(code).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(/^gradients .* 0 dead letters$/),
    expect.stringMatching(/^ratings .* 1 dead letters$/),
    expect.stringMatching(/^signals .* 1 dead letters$/),
    expect.stringMatching(/^notices +1 dead letters$/),
    "sums overdue: none",
    "rounds overdue: none",
  ]);
  expect((await ops("dead-letters")).lines).toEqual([
    "gradients: 0",
    "ratings: 1",
    expect.stringMatching(/Z unreadable, 8 characters$/),
    "signals: 1",
    expect.stringMatching(/Z chess is to be looked at$/),
    "notices: 1",
    expect.stringMatching(/Z delivery#app#1#n of chess$/),
  ]);
  expect((await ops("redrive")).lines).toEqual([
    "gradients: 0 sent back, 0 unreadable ones left",
    "ratings: 0 sent back, 1 unreadable ones left",
    "signals: 1 sent back, 0 unreadable ones left",
    "notices: 1 sent back, 0 unreadable ones left",
  ]);
});

test("a function runs by hand on the stores of the system that runs", async () => {
  const event = new URL("../fixtures/events/http-api-v2.json", import.meta.url).pathname;
  const { lines } = await run("invoke", "put-community", "--event", event, "--url", system.url);
  expect(JSON.parse(lines.join("\n"))).toMatchObject({ statusCode: 201 });
  const headers = { authorization: `Bearer ${await system.token("olga", "operator")}` };
  const community = await fetch(`${system.url}/communities/handlers`, { headers });
  expect(await community.json()).toMatchObject({ settings: { groupSize: 3 } });
});

test("a command that cannot be done says why in one line", async () => {
  expect(await ops("redrive", "--queue", "gifts")).toEqual({
    code: 2,
    lines: ["--queue is one of gradients, ratings, signals, notices"],
  });
  expect((await ops("restore")).lines).toEqual(["restore is for a stack in AWS: name it with --stage"]);
  expect((await ops("restore", "--stage", "prod", "--to", "yesterday")).lines[0]).toContain("--to yesterday");
});
