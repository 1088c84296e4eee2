/** What a call costs somebody who is not in a community: the same reads, whether it exists or not. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import type { HttpEvent } from "../../src/handlers/http/http.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { idOf } from "../fixtures/gradients.ts";
import { headOf } from "../fixtures/head.ts";
import { commandsOf, startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startTables } from "../stores.ts";

type Handler = (event: HttpEvent, context: Context) => Promise<{ statusCode?: number }>;

let stores: Stores;
let lambda: TestInstance;

beforeAll(async () => {
  stores = await startTables();
  lambda = await startInstance();
  const { settings } = headOf("closed");
  for (const join of ["open", "invite", "approval"] as const)
    await lambda.heads.createHead(headOf(join, { settings: { ...settings, join } }));
});
afterAll(() => stores.stop());

const C = "/communities/{community}";
const gradient = { id: idOf(1), modelVersion: 0, rows: [1], encoding: "json", values: [[1, 2]] };

test.each([
  ["GET", C, () => import("../../src/handlers/get-community.ts"), undefined],
  ["GET", `${C}/model`, () => import("../../src/handlers/get-model.ts"), undefined],
  ["POST", `${C}/rounds`, () => import("../../src/handlers/publish-round.ts"), undefined],
  ["PUT", `${C}/season`, () => import("../../src/handlers/put-season.ts"), { rounds: 2 }],
  ["DELETE", `${C}/members/me`, () => import("../../src/handlers/leave-community.ts"), undefined],
  ["GET", `${C}/members`, () => import("../../src/handlers/members.ts"), undefined],
] as const)("%s %s takes the same reads of a stranger in any community", async (method, path, load, body) => {
  const { handler } = await load();
  const nowhere = await probe(handler, `${method} ${path}`, "nowhere", body);
  for (const community of ["open", "invite", "approval"])
    expect(await probe(handler, `${method} ${path}`, community, body)).toEqual(nowhere);
});

/** Asks as a stranger; answers the status and what was read. */
async function probe(handler: Handler, route: string, community: string, body?: object): Promise<string[]> {
  const from = lambda.requests.length;
  const event = httpEvent({ route, parameters: { community }, userId: "stranger", body });
  const { statusCode } = await handler(event, CONTEXT);
  return [String(statusCode), ...shapesOf(from)];
}

test("a join without a good invitation takes the same reads as one of a community that does not exist", async () => {
  const { handler } = await import("../../src/handlers/join-community.ts");
  for (const invite of [undefined, "guess"]) {
    const nowhere = await probe(handler, `PUT ${C}/members/me`, "nowhere", { invite });
    expect(nowhere).toHaveLength(invite ? 3 : 2);
    expect(await probe(handler, `PUT ${C}/members/me`, "invite", { invite })).toEqual(nowhere);
  }
});

test("a stranger's gradient is not parsed, and takes two reads, of which the first may know a busy community's head", async () => {
  const { handler } = await import("../../src/handlers/submit-gradient.ts");
  for (const body of [gradient, { nonsense: true }]) {
    for (const community of ["nowhere", "invite"]) {
      const [status, first, second] = await probe(handler, `POST ${C}/gradients`, community, body);
      expect([status, first.split(" ")[0], second]).toEqual(["404", "BatchGetItem", "BatchGetItem 1,1"]);
    }
  }
});

/** The commands since, with how many keys each asks for. */
function shapesOf(from: number): string[] {
  const requests = lambda.requests.slice(from);
  return commandsOf(requests).map((command, at) => {
    const tables = Object.values(
      (requests[at].input.RequestItems ?? {}) as Record<string, { Keys: object[] }>,
    );
    return `${command} ${tables.map(({ Keys }) => Keys.length)}`;
  });
}
