import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { isInSeason, type Season } from "../../src/domain/rounds/season.ts";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";
import { startInstance, type TestInstance } from "./instance.ts";

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
});
afterAll(() => stores.stop());

function seasonOf(change: Partial<Season> = {}): Season {
  return {
    firstRound: 3,
    plannedAtMs: 1_700_000_000_000,
    settings: {
      groupSize: 2,
      groupSizeMin: null,
      groupSizeMax: 4,
      mixTags: ["team"],
      matchTags: [],
      hostTag: null,
    },
    quality: { repeats: 1, metBefore: 2, affinity: 3.5, freeAffinity: 4.25 },
    rows: Uint32Array.of(2, 5, 70_000, 70_001),
    rounds: [Int32Array.of(0, 0, 1, 1), Int32Array.of(0, 1, 0, 1)],
    withdrawn: [],
    ...change,
  };
}

const rosterVersion = async (community: string) => (await lambda.heads.readHead(community))!.rosterVersion;

test("a season is read back as it was stored, and makes the drafts before it out of date", async () => {
  const { storeSeason, readSeason } = lambda.seasons;
  await lambda.heads.createHead(headOf("codec", { round: 3 }));
  expect(await storeSeason("codec", seasonOf())).toEqual({ outcome: "committed" });
  expect(await readSeason("codec")).toEqual(seasonOf());
  expect(await rosterVersion("codec")).toBe(1);
});

test("a season whose first round is published by now changes nothing", async () => {
  const { storeSeason, readSeason } = lambda.seasons;
  await lambda.heads.createHead(headOf("late", { round: 4 }));
  expect(await storeSeason("late", seasonOf())).toMatchObject({ outcome: "condition", failed: 0 });
  expect([await readSeason("late"), await rosterVersion("late")]).toEqual([null, 0]);
});

test("a shorter season leaves nothing of a longer one, and is gone when it is deleted", async () => {
  const { storeSeason, readSeason, deleteSeason } = lambda.seasons;
  await lambda.heads.createHead(headOf("shorter", { round: 3 }));
  const short = seasonOf({ rounds: [Int32Array.of(0, 1, 1, 0)] });
  await storeSeason("shorter", seasonOf());
  await storeSeason("shorter", short);
  expect(await readSeason("shorter")).toEqual(short);
  expect([2, 3, 4].map((round) => isInSeason(short, round))).toEqual([false, true, false]);
  expect(await deleteSeason("shorter")).toEqual({ outcome: "committed" });
  expect(await readSeason("shorter")).toBeNull();
  expect(await deleteSeason("shorter")).toMatchObject({ outcome: "condition" });
  expect(await rosterVersion("shorter")).toBe(3);
});

test("the largest season fits into its item", async () => {
  const { SEASON_PEOPLE_MAX, SEASON_ROUNDS_MAX } = await import("../../src/domain/limits.ts");
  await lambda.heads.createHead(headOf("largest", { round: 3 }));
  const rows = Uint32Array.from({ length: SEASON_PEOPLE_MAX }, (_, at) => at);
  const round = Int32Array.from(rows, (row) => row >> 1);
  const largest = seasonOf({ rows, rounds: new Array(SEASON_ROUNDS_MAX).fill(round) });
  expect(await lambda.seasons.storeSeason("largest", largest)).toEqual({ outcome: "committed" });
  expect(await lambda.seasons.readSeason("largest")).toEqual(largest);
});

test("a round is given back to a season that was stored before seasons noted withdrawn rounds", async () => {
  const { storeSeason, readSeason, seasonRoundBack } = lambda.seasons;
  const { transact } = await import("../../src/infra/transaction.ts");
  const { UpdateItemCommand } = await import("@aws-sdk/client-dynamodb");
  await lambda.heads.createHead(headOf("older", { round: 3 }));
  await storeSeason("older", seasonOf());
  const update = new UpdateItemCommand({
    TableName: process.env.ROUNDS_TABLE,
    Key: { community: { S: "older" }, part: { S: "season" } },
    UpdateExpression: "REMOVE withdrawn",
  });
  await lambda.dynamodb.send(update);
  expect(await transact([seasonRoundBack("older", seasonOf(), 3)])).toEqual({ outcome: "committed" });
  expect(await readSeason("older")).toEqual(seasonOf({ withdrawn: [3] }));
});
