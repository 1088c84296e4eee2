import { expect, test } from "@jest/globals";
import { createTables, startDynamoDb } from "../../scripts/local/services/dynamodb.ts";
import { readTemplate } from "../../scripts/local/template/template.ts";
import { tinyTemplate } from "./tiny-system.ts";

test("an index that serverless.yml has gained is made on the table that was kept, of what is in it", async () => {
  const database = await startDynamoDb({ region: "eu-west-1", log: () => {} });
  const template = readTemplate(tinyTemplate);
  const { ThingsTable } = template.tables;
  const TableName = "kept";
  const call = <Output>(action: string, input: object) =>
    database.wire.call<Output>("DynamoDB_20120810", action, { TableName, ...input });
  const tables = (properties: object) => ({
    ...template,
    tables: { kept: { ...ThingsTable, TableName, ...properties } },
  });
  try {
    await createTables(tables({}), database.wire, new Map());
    for (const [id, color] of Object.entries({ a: { color: { S: "red" } }, b: {} }))
      await call("PutItem", { Item: { id: { S: id }, ...color } });
    const withIndex = tables({
      AttributeDefinitions: ["id", "color"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-color",
          KeySchema: [{ AttributeName: "color", KeyType: "HASH" }],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
    });
    for (let start = 0; start < 2; start++) await createTables(withIndex, database.wire, new Map());
    const { Items } = await call<{ Items: object[] }>("Query", {
      IndexName: "by-color",
      KeyConditionExpression: "color = :color",
      ExpressionAttributeValues: { ":color": { S: "red" } },
    });
    expect(Items).toEqual([{ id: { S: "a" }, color: { S: "red" } }]);
  } finally {
    await database.stop();
  }
});
