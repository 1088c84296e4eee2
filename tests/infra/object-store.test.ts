import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { getObject, inParallel, putObject } from "../../src/infra/object-store.ts";
import { type Stores, startStores } from "../stores.ts";

let stores: Stores;
beforeAll(async () => {
  stores = await startStores();
});
afterAll(() => stores.stop());

/** A server in the place of S3 that answers with these, one after the other. */
async function answering(...statuses: number[]): Promise<{ server: Server; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization?.slice(0, 16)}`);
    response.writeHead(statuses[asked.length - 1]).end("<Error><Code>Planned</Code></Error>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, asked };
}

test("an object comes back byte for byte, and there is none under another key", async () => {
  const bytes = Uint8Array.from({ length: 1_100_000 }, (_, at) => (at * 7) % 251);
  await putObject("a-community/blocks/000003/0000000007-0a1b", bytes);
  const stored = await getObject("a-community/blocks/000003/0000000007-0a1b");
  expect(Buffer.compare(stored!, bytes)).toBe(0);
  expect(await getObject("a-community/blocks/000003/0000000007-0a1c")).toBeNull();
});

test("values worked on at once are answered in their order", async () => {
  let running = 0;
  let most = 0;
  const squares = await inParallel([5, 3, 4, 2, 6, 7, 8, 9, 11, 10], async (value) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, value));
    running--;
    return value * value;
  });
  expect(squares).toEqual([25, 9, 16, 4, 36, 49, 64, 81, 121, 100]);
  expect(most).toBe(8);
});

test("what S3 refuses for the moment is asked for again, signed; what it denies is an error with its code", async () => {
  const endpoint = process.env.AWS_ENDPOINT_URL_S3;
  try {
    const passing = await answering(503, 500, 200);
    await putObject("c/pages/x", Uint8Array.of(2, 3));
    passing.server.close();
    const put = `PUT /${process.env.OBJECTS_BUCKET}/c/pages/x AWS4-HMAC-SHA256`;
    expect(passing.asked).toEqual([put, put, put]);
    const denying = await answering(403);
    await expect(getObject("c/pages/x")).rejects.toThrow("S3 answered 403 Planned to GET c/pages/x");
    denying.server.close();
  } finally {
    process.env.AWS_ENDPOINT_URL_S3 = endpoint;
  }
});

test("a body that breaks off in the middle is asked for again", async () => {
  const endpoint = process.env.AWS_ENDPOINT_URL_S3;
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(200, { "content-length": "6" });
    if (asked > 1) response.end("abcdef");
    else response.write("abc", () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(Buffer.from((await getObject("c/pages/x"))!).toString()).toBe("abcdef");
    expect(asked).toBe(2);
  } finally {
    process.env.AWS_ENDPOINT_URL_S3 = endpoint;
    server.close();
  }
});
