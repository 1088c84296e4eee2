import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { headOf } from "../fixtures/head.ts";
import { type Stores, startTables } from "../stores.ts";
import { startInstance } from "./instance.ts";

let stores: Stores;

beforeAll(async () => {
  stores = await startTables();
});
afterAll(() => stores.stop());

test("a version that was kept before versions noted removals is read, and can be let go of", async () => {
  const { heads, dynamodb } = await startInstance();
  const { keepVersion, letGo, readVersions } = await import("../../src/infra/version-store.ts");
  const { UpdateItemCommand } = await import("@aws-sdk/client-dynamodb");
  const head = headOf("older", { modelVersion: 3 });
  await heads.createHead(head);
  await keepVersion(head, "keptAtMs", 1_700_000_000_000);
  const update = new UpdateItemCommand({
    TableName: process.env.MODEL_TABLE,
    Key: heads.versionKey("older", 3),
    UpdateExpression: "REMOVE removalVersion",
  });
  await dynamodb.send(update);
  expect(await readVersions("older")).toMatchObject([{ modelVersion: 3, keptAtMs: 1_700_000_000_000 }]);
  expect(await letGo("older", 3, "keptAtMs")).toBe("done");
});
