/** The calls of a large catalogue, whose items stand in the tables before the first of them. */
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { PAGE_ITEMS_MAX } from "../../src/domain/limits.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { type Stores, startStores } from "../stores.ts";

const ITEMS = 10_000;
const ITEMS_PER_WRITE = 25;
const community = "large";
const C = "/communities/{community}";
let stores: Stores;

const idOf = (n: number) => `item-${String(n).padStart(5, "0")}`;

const behind = (itemId: string) => Buffer.from(itemId).toString("base64url");

async function invoke(name: string, event: unknown) {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  const { statusCode, body } = await handler(event, CONTEXT);
  return { status: statusCode, body: body && JSON.parse(body) };
}

const operator = { userId: "olga", isOperator: true };
const put = (itemId: string) =>
  invoke(
    "items",
    httpEvent({ ...operator, route: `PUT ${C}/items/{itemId}`, parameters: { community, itemId } }),
  );
const remove = (itemId: string) =>
  invoke(
    "items",
    httpEvent({ ...operator, route: `DELETE ${C}/items/{itemId}`, parameters: { community, itemId } }),
  );
const page = (cursor?: string) =>
  invoke(
    "items",
    httpEvent({
      userId: "ana",
      route: `GET ${C}/items`,
      parameters: { community },
      query: cursor === undefined ? undefined : { cursor },
    }),
  );

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  const settings = { factors: 2 };
  await invoke(
    "put-community",
    httpEvent({ ...operator, route: `PUT ${C}`, parameters: { community }, body: { settings } }),
  );
  const join = { route: `PUT ${C}/members/me`, parameters: { community }, userId: "ana", body: {} };
  await invoke("join-community", httpEvent(join));
  const { dynamodb, names } = await import("../../src/infra/aws.ts");
  for (let at = 0; at < ITEMS; at += ITEMS_PER_WRITE) {
    const requests = Array.from({ length: ITEMS_PER_WRITE }, (_, n) => {
      const number = { N: String(at + n + 1) };
      const key = { community: { S: community }, itemId: { S: idOf(at + n) } };
      return { PutRequest: { Item: { ...key, row: number, change: number, metadata: { S: "{}" } } } };
    });
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [names.catalogueTable]: requests } }));
  }
});
afterAll(() => stores.stop());

test("10,000 items are read by pages, each once, while others come and go", async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { status, body } = await page(cursor);
    expect(status).toBe(200);
    expect(body.items.length).toBeLessThanOrEqual(PAGE_ITEMS_MAX);
    seen.push(...body.items.map(({ itemId }: { itemId: string }) => itemId));
    cursor = body.next;
    if (++pages === 3) {
      expect((await put("aaa")).status).toBe(201); // before what was read: not seen
      expect((await put("zzz")).status).toBe(201);
      expect((await remove("zzz")).status).toBe(204); // come and gone
      expect((await put(`${idOf(7_000)}a`)).status).toBe(201);
    }
  } while (cursor !== undefined);
  const expected = Array.from({ length: ITEMS }, (_, n) => idOf(n));
  expected.splice(7_001, 0, `${idOf(7_000)}a`);
  expect(seen).toEqual(expected);
  expect(pages).toBe(Math.ceil((ITEMS + 1) / PAGE_ITEMS_MAX));
});

test("a page that holds the last items exactly has none behind it", async () => {
  const { body } = await page(behind(idOf(ITEMS - 1 - PAGE_ITEMS_MAX)));
  expect(body.items).toHaveLength(PAGE_ITEMS_MAX);
  expect(body).not.toHaveProperty("next");
  expect((await page(behind(idOf(ITEMS - 1)))).body).toEqual({ items: [] });
});

test("a cursor that was never given shows items and nothing else", async () => {
  const { status, body } = await page(behind("!"));
  expect([status, body.items[0].itemId]).toEqual([200, "aaa"]);
});

test("what is no cursor is refused by its name", async () => {
  const { status, body } = await page("#");
  expect([status, body.errors[0].pointer]).toEqual([400, "#/cursor"]);
});
