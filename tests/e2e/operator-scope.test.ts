/** Identity providers name scopes in their own ways; the stack says which one makes an operator. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { caller, EXACT, type Problem } from "./caller.ts";

jest.setTimeout(30_000);

const operatorScope = "https://api.example.com/operator";
let system: LocalSystem;

beforeAll(async () => {
  system = await startLocalSystem({ params: { operatorScope } });
});
afterAll(() => system.stop());

test("an operator is who has the scope that the stack names, and nobody else", async () => {
  const body = { settings: EXACT };
  const plain = await caller(system, "olga", "openid operator");
  const refused = await plain<Problem>("PUT", "/communities/chess", { body });
  expect([refused.status, refused.body.type]).toEqual([403, "operator-scope-needed"]);
  expect(refused.body.detail).toContain(operatorScope);
  const cognito = await caller(system, "olga", `openid ${operatorScope}`);
  expect((await cognito("PUT", "/communities/chess", { body })).status).toBe(201);
});
