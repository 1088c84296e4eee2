import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import chromium from "@sparticuz/chromium";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium as launcher, type Page } from "playwright-core";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import type { TertuliaClient } from "../../src/client/client.ts";
import type { IndexedDbStorage } from "../../src/client/indexed-db-storage.ts";
import { AT_ONCE, caller } from "../e2e/caller.ts";

declare global {
  /** What the page of this test holds: a client, its storage and its owner's token. */
  interface Window {
    client: TertuliaClient;
    storage: IndexedDbStorage;
    token: string;
  }
}

const COMMUNITY = "browser";
const sdk = mkdtempSync(join(tmpdir(), "tertulia-sdk-"));
let system: LocalSystem;
let browser: Browser;
let app: Server;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const entryPoints = ["client", "indexed-db-storage"].map((name) => `src/client/${name}.ts`);
  await build({ entryPoints, outdir: sdk, bundle: true, format: "esm", platform: "browser" });
  system = await startLocalSystem();
  const operator = await caller(system, "operator", "operator");
  const settings = { ...AT_ONCE, factors: 2, regularization: 1, groupSize: 2, assignmentIntervalSeconds: 0 };
  await operator("PUT", `/communities/${COMMUNITY}`, { body: { settings } });
  app = await startApp();
  browser = await launcher.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true,
  });
});
afterAll(async () => {
  await browser?.close();
  app?.close();
  await system?.stop();
});

/** The app's own web server, so that its pages are of another origin than the API. */
async function startApp(): Promise<Server> {
  const page = `<!doctype html><title>tertulia</title><script type="module">
    import { TertuliaClient } from "/sdk/client.js";
    import { IndexedDbStorage } from "/sdk/indexed-db-storage.js";
    window.storage = new IndexedDbStorage("tertulia");
    window.client = new TertuliaClient({ baseUrl: "${system.url}", community: "${COMMUNITY}",
      getToken: () => window.token, storage: window.storage });
  </script>`;
  const server = createServer(({ url = "" }, response) => {
    const isScript = url.startsWith("/sdk/");
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? readFileSync(join(sdk, basename(url))) : page);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

/** A browser of one person's own, with the app's page in it. */
async function open(sub: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  await context.addInitScript(
    (token) => {
      window.token = token;
    },
    await system.token(sub),
  );
  return { context, page: await newTab(context) };
}

async function newTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(app.address() as AddressInfo).port}/page.html`);
  await page.waitForFunction(() => window.client !== undefined);
  return page;
}

test("two people in two browsers join, rate, contribute and meet in one group", async () => {
  const [ana, bo] = [await open("ana"), await open("bo")];
  const join = (page: Page) =>
    page.evaluate(async () => {
      const joined = await window.client.join();
      return joined.status === "member" ? joined.memberId : joined.status;
    });
  const [anaId, boId] = [await join(ana.page), await join(bo.page)];
  for (const [page, other] of [
    [ana.page, boId],
    [bo.page, anaId],
  ] as const) {
    const contribution = await page.evaluate(async (itemId) => {
      await window.client.sync();
      await window.client.rate(itemId, 4);
      return window.client.contribute();
    }, other);
    expect(contribution).toMatchObject({ outcome: "sent" });
  }
  await system.drain();
  const seen = await ana.page.evaluate(async () => {
    const { modelVersion } = await window.client.sync();
    const [first] = await window.client.recommend({ exclude: [] });
    return { modelVersion, first, assignment: await window.client.assignment() };
  });
  expect(seen.modelVersion).toBeGreaterThan(0);
  expect(seen.first.itemId).toBe(boId);
  expect(seen.assignment?.members.map(({ memberId }) => memberId).sort()).toEqual([anaId, boId].sort());

  await ana.page.reload();
  await ana.page.waitForFunction(() => window.client !== undefined);
  const kept = await ana.page.evaluate(async () => ({
    ratings: await window.client.ratings(),
    first: (await window.client.recommend({ exclude: [] }))[0],
    sent: (await window.client.outbox()).sent.length,
  }));
  expect(kept.ratings).toEqual({ [boId]: 4 });
  expect(kept.first).toEqual(seen.first);
  expect(kept.sent).toBe(5);
});

test("two tabs at once lose no rating and contribute once", async () => {
  const operator = await caller(system, "operator", "operator");
  for (let n = 0; n < 20; n++) await operator("PUT", `/communities/${COMMUNITY}/items/item-${n}`);
  const { context, page } = await open("cy");
  await page.evaluate(async () => {
    await window.client.join();
    await window.client.sync();
    const [somebody] = await window.client.recommend();
    await window.client.rate(somebody.itemId, 2);
  });
  const asked = page.waitForResponse((response) => response.url().includes("sinceVersion"));
  await page.evaluate(() => window.client.sync());
  expect((await asked).status()).toBe(304);
  const tabs = [page, await newTab(context)];
  const rateMany = (tab: Page, from: number) =>
    tab.evaluate(async (first) => {
      await Promise.all(Array.from({ length: 10 }, (_, n) => window.client.rate(`item-${first + n}`, 1)));
    }, from);
  await Promise.all(tabs.map((tab, n) => rateMany(tab, 10 * n)));
  await Promise.all(tabs.map((tab) => tab.evaluate(() => window.client.contribute().then(() => {}))));
  const { rated, ids } = await page.evaluate(async () => ({
    rated: Object.keys(await window.client.ratings()).length,
    ids: (await window.client.outbox()).sent
      .filter(({ request }) => request === "POST /gradients")
      .map(({ body }) => JSON.parse(body!).id),
  }));
  expect(rated).toBe(21);
  expect(new Set(ids).size).toBe(1);
});

test("IndexedDB keeps the old text when a change throws, and nothing after a clear", async () => {
  const { page } = await open("di");
  const texts = await page.evaluate(async () => {
    const { storage } = window;
    await storage.update("model", () => "seven");
    const thrown = await storage
      .update("model", () => {
        throw new Error("no");
      })
      .catch((error: Error) => error.message);
    const kept = await storage.read("model");
    await storage.clear();
    return [thrown, kept, await storage.read("model")];
  });
  expect(texts).toEqual(["no", "seven", null]);
});
