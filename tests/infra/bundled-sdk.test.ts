/** Functions as they are deployed: bundled, with stand-ins for parts of the SDK, against the embedded stores. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { newId } from "../e2e/caller.ts";
import { CONTEXT, httpEvent } from "../fixtures/events.ts";
import { type Stores, startStores } from "../stores.ts";

const C = "/communities/{community}";
const parameters = { community: "bundled" };
/** A process of its own, as a Lambda is; esbuild does not run within a test. */
const INVOKE = `
  import { bundleFunction, readServerlessFile } from "./scripts/bench/bundles.ts";
  const [name, directory, event, context] = process.argv.slice(1);
  const { handler } = await import(await bundleFunction(await readServerlessFile(), name, directory));
  console.log(JSON.stringify(await handler(JSON.parse(event), JSON.parse(context))));
  process.exit(0);`;

let stores: Stores;
let directory: string;

async function invoke(name: string, event: object, environment: Record<string, string> = {}) {
  const args = [
    "--input-type=module",
    "--eval",
    INVOKE,
    name,
    directory,
    JSON.stringify(event),
    JSON.stringify(CONTEXT),
  ];
  const env = { ...process.env, ...environment };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  const { statusCode, body } = JSON.parse(stdout);
  return { status: statusCode, body: JSON.parse(body), log: stderr };
}

beforeAll(async () => {
  stores = await startStores();
  directory = await mkdtemp(join(tmpdir(), "tertulia-bundled-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
  await stores.stop();
});

test("bundled functions reach DynamoDB and SQS by what the environment says", async () => {
  const settings = { factors: 1 };
  const operator = { parameters, userId: "olga", isOperator: true };
  const made = await invoke(
    "put-community",
    httpEvent({ ...operator, route: `PUT ${C}`, body: { settings } }),
  );
  expect(made).toMatchObject({ status: 201, body: { settings } });
  for (const userId of ["ana", "bo"]) {
    const event = httpEvent({ route: `PUT ${C}/members/me`, parameters, userId, body: {} });
    expect(await invoke("join-community", event)).toMatchObject({ status: 201 });
  }
  const id = newId();
  const body = { id, modelVersion: 0, rows: [1], encoding: "json", values: [[0.1, 0.2]] };
  const event = httpEvent({ route: `POST ${C}/gradients`, parameters, userId: "ana", body });
  expect(await invoke("submit-gradient", event)).toMatchObject({
    status: 202,
    body: { id, status: "queued" },
  });
});

test("a bundled function asks AWS's own endpoint of its region where the environment names no other", async () => {
  const event = httpEvent({ route: `GET ${C}`, parameters, userId: "ana" });
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: "", AWS_REGION: "nowhere-1", AWS_MAX_ATTEMPTS: "1" };
  const { status, log } = await invoke("get-community", event, environment);
  expect(status).toBe(500);
  expect(log).toContain("dynamodb.nowhere-1.amazonaws.com");
});

test("a bundled function asks DynamoDB five times before it gives up", async () => {
  const attempts: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    attempts.push(headers["amz-sdk-request"]);
    response.writeHead(500).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const event = httpEvent({ route: `GET ${C}`, parameters, userId: "ana" });
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
  expect(await invoke("get-community", event, environment)).toMatchObject({ status: 500 });
  server.close();
  expect(attempts).toEqual([1, 2, 3, 4, 5].map((attempt) => `attempt=${attempt}; max=5`));
});
