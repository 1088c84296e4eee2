import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { RATINGS_PER_REQUEST_MAX } from "../../src/domain/limits.ts";
import { newId } from "../e2e/caller.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { type Stores, startStores } from "../stores.ts";

const parameters = { community: "hosts" };
const C = "/communities/{community}";
let stores: Stores;

async function invoke(name: string, call: Omit<Parameters<typeof httpEvent>[0], "parameters">) {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  const itemId = { itemId: "ran" };
  return handler(httpEvent({ ...call, parameters: { ...parameters, ...itemId } }), CONTEXT);
}

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  stores = await startStores();
  const operator = { userId: "olga", isOperator: true };
  await invoke("put-community", { ...operator, route: `PUT ${C}`, body: { settings: { factors: 2 } } });
  await invoke("join-community", {
    userId: "ana",
    route: `PUT ${C}/members/me`,
    body: { learning: "hosted" },
  });
  await invoke("items", { ...operator, route: `PUT ${C}/items/{itemId}` });
});
afterAll(() => stores.stop());

test("100 ratings leave in one message of one request, and are read with a handful", async () => {
  const { sqs, dynamodb } = await import("../../src/infra/aws.ts");
  const bodies: string[] = [];
  const reads: string[] = [];
  sqs.middlewareStack.add(
    (next) => async (args) => {
      const { Entries } = args.input as { Entries: { MessageBody: string }[] };
      bodies.push(...Entries.map(({ MessageBody }) => MessageBody));
      return next(args);
    },
    { step: "initialize", name: "sent" },
  );
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      reads.push(String(context.commandName));
      return next(args);
    },
    { step: "initialize", name: "read" },
  );
  const body = Array.from({ length: RATINGS_PER_REQUEST_MAX }, (_, value) => ({
    ...{ id: newId(), itemId: "ran", value },
  }));
  const answer = await invoke("submit-rating", { userId: "ana", route: `POST ${C}/ratings`, body });
  expect(answer.statusCode).toBe(202);
  expect(bodies).toHaveLength(1);
  const { ratings } = JSON.parse(bodies[0]);
  expect(ratings.map(({ id }: { id: string }) => id)).toEqual(body.map(({ id }) => id));
  // Head and member; the directory; the item; every twentieth of the hourly limit.
  expect(reads.filter((command) => command !== "UpdateItemCommand")).toEqual([
    ...["BatchGetItemCommand", "QueryCommand", "BatchGetItemCommand"],
  ]);
  expect(reads.filter((command) => command === "UpdateItemCommand").length).toBeLessThanOrEqual(10);
});
