/** Imports step by step: no schedule runs by itself, so that crashes and second uploads come when told to. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, jest } from "@jest/globals";
import type { Context } from "aws-lambda";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startStores } from "../stores.ts";

export interface ShownImport {
  id: string;
  kind: string;
  type?: string;
  status: string;
  step: string;
  failure?: string;
  lines: number;
  accepted: number;
  rejected: number;
  rejections: { line: number; reason: string }[];
  quality?: { ndcg: number; popularity: number } | null;
  epoch?: number;
  uploadUrl: string;
  uploadHeaders: Record<string, string>;
}

export let lambda: TestInstance;
/** The one that the calls are about: each test begins with one of its own. */
export let community = "";

export const C = "/communities/{community}";
/** Time for all steps of all imports. In what CONTEXT has left the first import takes one step. */
const IN_TIME: Context = { ...CONTEXT, getRemainingTimeInMillis: () => 900_000 };

/** Starts the stores before the file's tests, and stops them after. */
export function startImports(): void {
  let stores: Stores;
  let number = 0;
  beforeAll(async () => {
    process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
    stores = await startStores();
    lambda = await startInstance();
  });
  afterAll(() => stores.stop());
  beforeEach(async () => {
    lambda.interference.before = () => {};
    await openCommunity(`imports-${number++}`);
  });
}

export async function openCommunity(name: string): Promise<void> {
  community = name;
  await call("put-community", `PUT ${C}`, { settings: { factors: 4 } });
}

export async function call(name: string, route: string, body?: unknown, id = "", userId = "olga") {
  const { handler } = await import(`../../src/handlers/${name}.ts`);
  const event = httpEvent({
    route,
    parameters: { community, id },
    userId,
    isOperator: userId === "olga",
    body,
  });
  const answer = await handler(event, CONTEXT);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? "null") };
}

export const ask = async (kind: string, options: object = {}): Promise<ShownImport> =>
  (await call("imports", `POST ${C}/imports`, { kind, ...options })).body;
export const read = async ({ id }: ShownImport): Promise<ShownImport> =>
  (await call("imports", `GET ${C}/imports/{id}`, undefined, id)).body;
export const put = (
  { uploadUrl, uploadHeaders: headers }: ShownImport,
  body: string | Uint8Array<ArrayBuffer>,
) => fetch(uploadUrl, { method: "PUT", headers, body });

export async function tick(context = IN_TIME): Promise<void> {
  const { handler } = await import("../../src/handlers/run-imports.ts");
  await handler({} as never, context);
}

/** Imports a file at once, and tells what became of it. */
export async function imported(kind: string, file: string | Uint8Array<ArrayBuffer>, options: object = {}) {
  const one = await ask(kind, options);
  expect((await put(one, file)).status).toBe(200);
  await tick();
  return read(one);
}

/** As if whoever worked on it had died so long ago that their lease is over. */
export async function endLease({ id }: ShownImport): Promise<void> {
  const { names } = await import("../../src/infra/aws.ts");
  const update = new UpdateItemCommand({
    TableName: names.sumsTable,
    Key: { community: { S: community }, part: { S: `import#${id}` } },
    UpdateExpression: "SET dueAtMs = :now",
    ExpressionAttributeValues: { ":now": { N: "1" } },
  });
  await lambda.dynamodb.send(update);
}

/** Runs an import that dies at its `failAt`-th write, if it has so many, and goes on; tells how it ended. */
export async function survived(kind: string, file: string, failAt: number) {
  const one = await ask(kind);
  await put(one, file);
  let writes = 0;
  let deaths = 0;
  lambda.interference.before = ({ command }) => {
    if (command !== "TransactWriteItemsCommand" || ++writes !== failAt) return;
    deaths++;
    throw new Error("the invocation dies");
  };
  const silent = jest.spyOn(console, "error").mockImplementation(() => {});
  await tick();
  silent.mockRestore();
  lambda.interference.before = () => {};
  if (deaths > 0) {
    await endLease(one);
    await tick();
  }
  return { deaths, told: await read(one) };
}

export const headNow = async () => (await lambda.heads.readHead(community))!;
export const membersNow = async () => {
  const members = await lambda.members.readMembers(community);
  return members.map(({ userId, learning, tags }) => [userId, learning, tags] as const);
};
export async function filesNow(): Promise<string[]> {
  const { listObjects } = await import("../../src/infra/object-store.ts");
  return (await listObjects(`_imports/${community}/`)).map(({ key }) => key);
}
