import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { behavior, reset } from "../../fixtures/local/handlers.ts";
import { startTinySystem, type TinySystem } from "../tiny-system.ts";

let system: TinySystem;

beforeAll(async () => {
  system = await startTinySystem();
});
afterAll(() => system.stop());
beforeEach(reset);

const get = (path: string, headers: Record<string, string> = {}) => fetch(system.url + path, { headers });
const preflight = (path: string, origin: string) =>
  fetch(system.url + path, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });
const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
const allowed = {
  "access-control-allow-origin": "http://app.test",
  "access-control-expose-headers": "etag",
};

test.each(["/echo/1", "/whoami", "/nowhere", "/dev/token"])(
  "a page of another origin is told what it may send to %s",
  async (path) => {
    const response = await preflight(path, "http://app.test");
    expect(response.status).toBe(204);
    expect(corsHeaders(response)).toEqual({
      "access-control-allow-origin": "http://app.test",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "authorization,content-type",
      "access-control-max-age": "60",
    });
  },
);

test("a page is told nothing where its origin is not allowed", async () => {
  const asked = await preflight("/echo/1", "http://evil.test");
  expect([asked.status, corsHeaders(asked)]).toEqual([204, {}]);
  expect(corsHeaders(await get("/echo/1", { origin: "http://evil.test" }))).toEqual({});
});

test.each([
  [200, "/echo/1"],
  [401, "/whoami"],
  [404, "/nowhere"],
  [500, "/missing"],
])("a page of another origin may read an answer of %i", async (status, path) => {
  const response = await get(path, { origin: "http://app.test" });
  expect([response.status, corsHeaders(response)]).toEqual([status, allowed]);
});

test("a page of another origin sees the gateway's headers and not the function's", async () => {
  behavior.answer = () => ({ statusCode: 200, headers: { "Access-Control-Allow-Origin": "*" }, body: "" });
  expect(corsHeaders(await get("/answer", { origin: "http://app.test" }))).toEqual(allowed);
  expect(corsHeaders(await get("/answer"))).toEqual({});
});

test("a call by OPTIONS is a preflight only where it names a method", async () => {
  const headers = { origin: "http://app.test" };
  expect((await fetch(`${system.url}/echo/1`, { method: "OPTIONS", headers })).status).toBe(404);
});
