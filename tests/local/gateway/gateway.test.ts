import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { behavior, reset } from "../../fixtures/local/handlers.ts";
import { startTinySystem, type TinySystem } from "../tiny-system.ts";

let system: TinySystem;

beforeAll(async () => {
  system = await startTinySystem();
});
afterAll(() => system.stop());
beforeEach(reset);

const get = (path: string, headers: Record<string, string> = {}) => fetch(system.url + path, { headers });
const post = (path: string, body: BodyInit, contentType: string) =>
  fetch(system.url + path, { method: "POST", body, headers: { "content-type": contentType } });
const withToken = (token: string) => get("/whoami", { authorization: `Bearer ${token}` });

async function expectProblem(response: Response, status: number, type: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({
    type,
    status,
    title: expect.any(String),
    detail: expect.any(String),
  });
}

describe("the event", () => {
  test("has the form of payload 2.0", async () => {
    const response = await fetch(`${system.url}/echo/caf%C3%A9?a=1&b=x%20y&a=2`, {
      method: "POST",
      body: '{"one":1}',
      headers: { "content-type": "application/json; charset=utf-8", Cookie: "k=v; l=w", "X-Some": "thing" },
    });
    const { event, context, remainingMs } = JSON.parse(await response.text());
    expect(event).toEqual({
      version: "2.0",
      routeKey: "POST /echo/{id}",
      rawPath: "/echo/café",
      rawQueryString: "a=1&b=x%20y&a=2",
      cookies: ["k=v", "l=w"],
      headers: expect.objectContaining({ "x-some": "thing", "content-length": "9" }),
      queryStringParameters: { a: "1,2", b: "x y" },
      pathParameters: { id: "café" },
      requestContext: {
        accountId: "000000000000",
        apiId: "local",
        domainName: "127.0.0.1",
        domainPrefix: "127",
        http: {
          method: "POST",
          path: "/echo/café",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "node",
        },
        requestId: expect.any(String),
        routeKey: "POST /echo/{id}",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"one":1}',
      isBase64Encoded: false,
    });
    expect(event.headers.cookie).toBeUndefined();
    expect(context).toMatchObject({ functionName: "tiny-local-echo", memoryLimitInMB: "1024" });
    expect(remainingMs).toBeGreaterThan(500);
    expect(remainingMs).toBeLessThanOrEqual(1000);
  });

  test.each([
    ["application/json", false],
    ["text/csv", false],
    ["application/octet-stream", true],
    ["application/x-www-form-urlencoded", true],
    ["application/vnd.api+json", true],
  ])("with a body of type %s is base64: %j", async (contentType, isBase64Encoded) => {
    const { event } = await (await post("/echo/1", "ab", contentType)).json();
    expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? "YWI=" : "ab" });
  });

  test.each([
    ["/echo/fixed", "GET /echo/fixed", undefined],
    ["/echo/other", "GET /echo/{id}", { id: "other" }],
    ["/files/a/b%20c", "ANY /files/{path+}", { path: "a/b c" }],
  ])("of %s comes by the route %s", async (path, routeKey, pathParameters) => {
    const { event } = await (await get(path)).json();
    expect(event.routeKey).toBe(routeKey);
    expect(event.pathParameters).toEqual(pathParameters);
  });
});

describe("no route", () => {
  test.each([
    ["GET", "/nowhere"],
    ["GET", "/echo"],
    ["GET", "/echo/"],
    ["GET", "/echo/a%2Fb"],
    ["DELETE", "/echo/1"],
    ["GET", "/dev/token"],
  ])("for %s %s", async (method, path) => {
    await expectProblem(await fetch(system.url + path, { method }), 404, "unknown-route");
  });

  test("for a path that is not percent-encoded", async () => {
    await expectProblem(await get("/echo/%E9"), 400, "invalid-request");
  });
});

describe("the answer", () => {
  test("carries status, headers and cookies", async () => {
    behavior.answer = () => ({
      statusCode: 201,
      headers: { "X-Number": 7, "content-type": "text/html" },
      cookies: ["a=1; HttpOnly", "b=2"],
      body: "<p>",
    });
    const response = await get("/answer");
    expect(response.status).toBe(201);
    expect(response.headers.get("x-number")).toBe("7");
    expect(response.headers.getSetCookie()).toEqual(["a=1; HttpOnly", "b=2"]);
    expect(await response.text()).toBe("<p>");
  });

  test("is decoded from base64", async () => {
    behavior.answer = () => ({ statusCode: 200, body: "AP8=", isBase64Encoded: true });
    expect([...new Uint8Array(await (await get("/answer")).arrayBuffer())]).toEqual([0, 255]);
  });

  test("without a status code is inferred", async () => {
    behavior.answer = () => ({ some: "thing" });
    const response = await get("/answer");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ some: "thing" });
  });

  test("of 204 has no body", async () => {
    behavior.answer = () => ({ statusCode: 204 });
    const response = await get("/answer");
    expect(response.status).toBe(204);
    expect(response.headers.get("content-length")).toBeNull();
  });

  test.each<[string, () => unknown]>([
    ["a thrown error", () => Promise.reject(new Error("secret"))],
    ["a body that is no text", () => ({ statusCode: 200, body: { a: 1 } })],
    ["a header that HTTP cannot carry", () => ({ statusCode: 200, headers: { a: "line\nline" } })],
    ["a status that is none", () => ({ statusCode: "good" })],
    ["a response over 6 MB", () => ({ statusCode: 200, body: "x".repeat(6 * 1024 * 1024 + 1) })],
  ])("to %s is a problem that tells nothing of it", async (_, answer) => {
    behavior.answer = answer;
    const response = await get("/answer");
    const text = await response.clone().text();
    await expectProblem(response, 500, "internal-error");
    expect(text).not.toMatch(/secret|at .*\.ts/);
  });

  test("of a function that does not load is a problem", async () => {
    await expectProblem(await get("/missing"), 500, "internal-error");
    expect(system.lines.join()).toContain("no-such-file.ts does not exist");
  });

  test("of a function that takes too long is 504", async () => {
    behavior.answer = () => new Promise(() => {});
    await expectProblem(await get("/answer"), 504, "function-timeout");
  });

  test.each([
    [10 * 1024 * 1024 + 1, "the gateway's 10 MB"],
    [5 * 1024 * 1024, "an invocation's 6 MB in base64"],
  ])("to %i bytes, over %s, is 413", async (bytes) => {
    const response = await post("/echo/1", new Uint8Array(bytes), "application/octet-stream");
    await expectProblem(response, 413, "body-too-large");
  });
});

describe("the authorizer", () => {
  test("lets a token in and hands its claims on as texts", async () => {
    const { event } = await (await withToken(await system.token("ana", "operator other"))).json();
    const { claims, scopes } = event.requestContext.authorizer.jwt;
    expect(scopes).toBeNull(); // as AWS: the route asks for none
    expect(claims).toEqual({
      sub: "ana",
      scope: "operator other",
      iss: "http://issuer.test",
      aud: "tiny-local",
      iat: expect.stringMatching(/^\d{10}$/),
      exp: expect.stringMatching(/^\d{10}$/),
    });
  });

  test("takes a token twice, until it expires", async () => {
    const { token } = await (await devToken({ sub: "ana", expiresInSeconds: 3 })).json();
    expect((await withToken(token)).status).toBe(200);
    expect((await withToken(token)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 3100));
    await expectProblem(await withToken(token), 401, "unauthorized");
  });

  test.each<[string, () => Promise<string>]>([
    [
      "an expired token",
      async () => (await (await devToken({ sub: "ana", expiresInSeconds: -1 })).json()).token,
    ],
    [
      "another audience",
      async () => (await (await devToken({ sub: "ana", audience: "other" })).json()).token,
    ],
    ["a token of another key", () => foreignToken((token) => token)],
    ["a token that is not yet valid", () => foreignToken((token) => token.setNotBefore("1h"))],
    ["an unsigned token", async () => new UnsecuredJWT({ sub: "ana" }).setExpirationTime("1h").encode()],
    ["a changed token", async () => changed(await system.token("ana"))],
    ["no token at all", async () => "rubbish"],
  ])("refuses %s", async (_, make) => {
    const response = await withToken(await make());
    expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    await expectProblem(response, 401, "unauthorized");
  });

  test("asks for a token where none is sent", async () => {
    const response = await get("/whoami");
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    await expectProblem(response, 401, "unauthorized");
  });

  test.each([
    ["{}", "#/sub"],
    ['{"sub":""}', "#/sub"],
    ['{"sub":1}', "#/sub"],
    ['{"sub":"ana","scope":["operator"]}', "#/scope"],
    ['{"sub":"ana","expiresInSeconds":1.5}', "#/expiresInSeconds"],
    ['{"sub":"ana","admin":true}', "#"],
    ["[]", "#"],
  ])("makes no token from %s", async (body, pointer) => {
    const response = await post("/dev/token", body, "application/json");
    expect((await response.clone().json()).errors[0].pointer).toBe(pointer);
    await expectProblem(response, 400, "invalid-request");
  });

  test("makes no token from what is not JSON", async () => {
    await expectProblem(await post("/dev/token", "{", "application/json"), 400, "invalid-request");
  });
});

const devToken = (request: object) => post("/dev/token", JSON.stringify(request), "application/json");

async function foreignToken(change: (token: SignJWT) => SignJWT): Promise<string> {
  const { privateKey } = await generateKeyPair("ES256");
  const token = new SignJWT({ sub: "ana" })
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer("http://issuer.test")
    .setAudience("tiny-local")
    .setExpirationTime("2h");
  return change(token).sign(privateKey);
}

/** The same signature under another sub. */
function changed(token: string): string {
  const [header, payload, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: "eve" })).toString("base64url");
  return [header, forged, signature].join(".");
}
