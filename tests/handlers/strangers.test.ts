/** What a call costs somebody who is not in a community: the same reads, whether it exists or not. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { idOf } from "../fixtures/gradients.ts";
import { commandsOf, headOf, startInstance, type TestInstance } from "../infra/instance.ts";
import { type Stores, startTables } from "../stores.ts";

jest.setTimeout(60_000);

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
  ["POST", `${C}/gradients`, () => import("../../src/handlers/submit-gradient.ts"), gradient],
  ["POST", `${C}/rounds`, () => import("../../src/handlers/publish-round.ts"), undefined],
  ["PUT", `${C}/season`, () => import("../../src/handlers/put-season.ts"), { rounds: 2 }],
  ["DELETE", `${C}/members/me`, () => import("../../src/handlers/leave-community.ts"), undefined],
  ["GET", `${C}/members`, () => import("../../src/handlers/members.ts"), undefined],
] as const)("%s %s takes the same reads of a stranger in any community", async (method, path, load, body) => {
  const { handler } = await load();
  const reads: string[][] = [];
  for (const community of ["nowhere", "open", "invite", "approval"]) {
    const from = lambda.requests.length;
    const parameters = { community };
    const { statusCode } = await handler(
      httpEvent({ route: `${method} ${path}`, parameters, userId: "stranger", body }),
      CONTEXT,
    );
    reads.push([String(statusCode), ...shapesOf(from)]);
  }
  for (const others of reads) expect(others).toEqual(reads[0]);
});

test("a join without a good invitation takes the same reads as one of a community that does not exist", async () => {
  const { handler } = await import("../../src/handlers/join-community.ts");
  for (const invite of [undefined, "guess"]) {
    const reads = ["nowhere", "invite"].map(async (community) => {
      const from = lambda.requests.length;
      const parameters = { community };
      const route = `PUT ${C}/members/me`;
      const { statusCode } = await handler(
        httpEvent({ route, parameters, userId: "stranger", body: { invite } }),
        CONTEXT,
      );
      return [String(statusCode), ...shapesOf(from)];
    });
    const [nowhere, closed] = [await reads[0], await reads[1]];
    expect(closed).toEqual(nowhere);
    expect(nowhere).toHaveLength(invite ? 3 : 2);
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
