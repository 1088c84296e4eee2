/**
 * `npm run test:restore`: the rehearsal of a restore on the embedded stores. Two communities live, all tables are copied as
 * point-in-time recovery would, life goes on, tables are lost, and the restore's own code brings them back. In one community the
 * objects of then are still there; in the other only those of the kept version, as days later.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb } from "../src/infra/aws.ts";
import { readVersions } from "../src/infra/version-store.ts";
import { until } from "../tests/e2e/caller.ts";
import { ManualClock } from "../tests/local/manual-clock.ts";
import { createSteps } from "./deploy/steps.ts";
import { startDynamoDb } from "./local/services/dynamodb.ts";
import { startQueues } from "./local/services/queues.ts";
import { startLocalSystem } from "./local/system.ts";
import { restoredName } from "./restore/aws.ts";
import { copyTable } from "./restore/copy-table.ts";
import { recover, tablesOf, tell } from "./restore/recover.ts";
import { checkApart, liveApart, pullApart } from "./restore/rehearsal/apart.ts";
import { Community } from "./restore/rehearsal/community.ts";
import * as rehearsal from "./restore/rehearsal/story.ts";

const NOT_REHEARSED = [
  "DynamoDB's own restore: the tables of then are copies made at that moment, all of one moment",
  "stopping and waking the functions of a stack (scripts/restore/aws.ts)",
  "that a restored table has no streams, TTL and settings: its items go into the stack's tables, which keep theirs",
];
const SWEEP_MINUTES = 5;

const steps = createSteps();
const { step, note } = steps;
const dataDir = mkdtempSync(join(tmpdir(), "tertulia-restore-"));
const clock = new ManualClock(Date.now());
const params = { sweepSchedule: `rate(${SWEEP_MINUTES} minutes)` };
const start = () => startLocalSystem({ dataDir, params, scheduleClock: clock, log: note });
/** Handlers log; a rehearsal prints its own lines alone. */
process.env.AWS_LAMBDA_LOG_LEVEL = "FATAL";

/** A table of the same keys, as a restore makes it: no stream, no TTL, no index. */
async function createLike(table: string, name: string): Promise<string> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
  const KeySchema = Table!.KeySchema!;
  const isKey = ({ AttributeName }: { AttributeName?: string }) =>
    KeySchema.some((key) => key.AttributeName === AttributeName);
  const AttributeDefinitions = Table!.AttributeDefinitions!.filter(isKey);
  const BillingMode = "PAY_PER_REQUEST";
  await dynamodb.send(
    new CreateTableCommand({ TableName: name, KeySchema, AttributeDefinitions, BillingMode }),
  );
  return name;
}

async function rehearse(): Promise<void> {
  let system = await step("start the system", start);
  const sweep = async (name: string) => {
    await clock.moveTo(clock.now() + SWEEP_MINUTES * 60_000);
    await until(
      () => readVersions(name),
      (versions) => versions.length > 0,
    );
  };
  const thens: rehearsal.Then[] = [];
  for (const name of ["near", "far"])
    thens.push(
      await step(`${name}: members join, contribute, publish; a version is kept; a gradient waits`, () =>
        rehearsal.liveUntilThen(system, name, () => sweep(name)),
      ),
    );
  const apart = await step("apart: members join, contribute, publish", () => liveApart(system));
  const gone = new Community("gone", system);
  await gone.call("olga", [201], "PUT", "", {});
  await system.drain();
  const restoredToMs = Date.now();
  const tables = tablesOf(system.environment);
  const copies = await step(`${tables.length} tables are copied, as a backup of this moment`, async () => {
    const made = new Map<string, string>();
    for (const table of tables) {
      made.set(table, await createLike(table, restoredName(table, restoredToMs)));
      await copyTable(table, made.get(table)!);
    }
    await pullApart(apart, made);
    return made;
  });
  const lives: rehearsal.Lost[] = [];
  for (const then of thens)
    lives.push(
      await step(
        `${then.community.name}: one joins, one leaves, two erase; gradients count; a round is published`,
        () => rehearsal.liveOn(then),
      ),
    );
  await step("gone: an operator deletes it", () => gone.call("olga", [204], "DELETE", ""));
  await system.drain();
  await step(
    "the system stops; two tables are lost, and of one community all objects but the kept version's",
    async () => {
      await rehearsal.forgetUnkeptBlocks("far");
      for (const name of ["MODEL_TABLE", "MEMBERS_TABLE"]) {
        const table = system.environment[name];
        await copyTable(await createLike(table, `${table}-empty`), table);
      }
      await system.stop();
    },
  );
  await step("all tables go back, and each community is recovered", async () => {
    const region = system.environment.AWS_REGION;
    const stores = [await startDynamoDb({ region, dataDir, log: note }), await startQueues(region, dataDir)];
    const recoveries = await recover(copies, restoredToMs, () => {});
    for (const line of recoveries.flatMap(tell)) note(line);
    for (const store of stores) await store.stop();
  });
  system = await step("the system starts again", start);
  try {
    for (const [n, then] of thens.entries()) await check(then, lives[n], system);
    apart.moveTo(system);
    await step("apart: tables that were backed up some moments apart agree again, and all goes on", () =>
      checkApart(apart),
    );
    gone.moveTo(system);
    await step("gone: who runs all communities finds none of that name", () =>
      gone.call("olga", [404], "GET", ""),
    );
  } finally {
    await system.stop();
  }
}

async function check(
  then: rehearsal.Then,
  lost: rehearsal.Lost,
  system: Awaited<ReturnType<typeof start>>,
): Promise<void> {
  const { community } = then;
  const { name } = community;
  community.moveTo(system);
  await step(`${name}: nobody who had left is back, nor what was erased`, () =>
    rehearsal.checkErased(then, lost),
  );
  await step(`${name}: the model is that of then, under a version that nobody has seen`, () =>
    rehearsal.checkModel(then, lost, name === "far"),
  );
  await step(`${name}: no gradient counts twice; what waited is lost`, () =>
    rehearsal.checkGradients(then, lost),
  );
  await step(`${name}: joining, contributing and publishing go on`, () => rehearsal.checkGoingOn(then, lost));
}

try {
  for (const text of NOT_REHEARSED) note(`not rehearsed: ${text}`);
  await rehearse();
} catch (error) {
  console.error(error);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(steps.close() ? 0 : 1);
