import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "@jest/globals";
import { behavior, consumed, observed, reset } from "../fixtures/local/handlers.ts";
import { startTinySystem } from "./tiny-system.ts";

const dataDir = mkdtempSync(join(tmpdir(), "system-"));
afterAll(() => rmSync(dataDir, { recursive: true }));
beforeEach(reset);

test("a data directory keeps messages, stream positions and the token key", async () => {
  const first = await startTinySystem({ dataDir });
  const token = await first.token("ana");
  await first.put("seen 1");
  await first.drain();
  behavior.consume = ({ Records }) => ({
    batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
  });
  await first.send("again");
  while (consumed.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await first.stop();
  expect(observed).toHaveLength(1);
  reset();

  // A changed parameter meets the queue that is there.
  const second = await startTinySystem({ dataDir, params: { visibilitySeconds: 2 } });
  await second.put("seen 2");
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${second.url}/whoami`, { headers });
  await second.drain();
  await second.stop();
  expect(response.status).toBe(200);
  expect(observed.map(({ Records }) => Records.map(({ dynamodb }) => dynamodb?.Keys?.id.S))).toEqual([
    ["seen 2"],
  ]);
  expect(consumed.map(({ Records }) => Records.map(({ body }) => body))).toEqual([["again"]]);
});

test("a record that was not handled before the stop is handled after the next start", async () => {
  const first = await startTinySystem({ dataDir });
  const begun = Promise.withResolvers<void>();
  behavior.observe = () => {
    begun.resolve();
    throw new Error("planned");
  };
  await first.put("seen 3");
  await begun.promise;
  await first.stop();
  reset();

  const second = await startTinySystem({ dataDir });
  await second.drain();
  await second.stop();
  expect(observed.flatMap(({ Records }) => Records.map(({ dynamodb }) => dynamodb?.Keys?.id.S))).toEqual([
    "seen 3",
  ]);
});

test("a stop waits for the invocation that runs, and its messages are gone", async () => {
  const first = await startTinySystem({ dataDir });
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  behavior.consume = () => {
    begun.resolve();
    return release.promise;
  };
  await first.send("slow");
  await begun.promise;
  const stopped = first.stop();
  release.resolve();
  await stopped;

  const second = await startTinySystem({ dataDir });
  await second.drain();
  await second.stop();
  expect(consumed).toHaveLength(1);
});

test("a data directory serves one system at a time", async () => {
  const first = await startTinySystem({ dataDir });
  await expect(startTinySystem({ dataDir })).rejects.toThrow("is in use by another system");
  await first.stop();
});
