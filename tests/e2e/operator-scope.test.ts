/** Identity providers name scopes in their own ways; the stack says which one makes an operator. */
import { expect, test } from "@jest/globals";
import { caller, EXACT, type Problem } from "./caller.ts";
import { startSystem, system } from "./system.ts";

const operatorScope = "https://api.example.com/operator";
startSystem({ params: { operatorScope } });

test("an operator is who has the scope that the stack names, and nobody else", async () => {
  const body = { settings: EXACT };
  const plain = await caller(system, "olga", "openid operator");
  const refused = await plain<Problem>("PUT", "/communities/chess", { body });
  expect([refused.status, refused.body.type]).toEqual([403, "operator-scope-needed"]);
  expect(refused.body.detail).toContain(operatorScope);
  const cognito = await caller(system, "olga", `openid ${operatorScope}`);
  expect((await cognito("PUT", "/communities/chess", { body })).status).toBe(201);
});
