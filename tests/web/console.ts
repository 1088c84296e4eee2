/** The console in a real browser against a local system: what its tests start once, and how they look at it. */
import { afterAll, beforeAll } from "@jest/globals";
import axe from "axe-core";
import type { Browser, Page, Request } from "playwright-core";
import { launchBrowser } from "../../scripts/browser.ts";
import { buildWeb } from "../../scripts/build-web.ts";
import { type LocalSystem, type LocalSystemOptions, startLocalSystem } from "../../scripts/local/system.ts";
import { type Caller, caller } from "../e2e/caller.ts";

export let system: LocalSystem;
export let browser: Browser;
export let operator: Caller;
/** What the pages complained of: errors of their own, and what the policy kept them from. */
export const complaints: string[] = [];

/** Starts all of it before the file's tests, and stops it after them. */
export function startConsole(options: LocalSystemOptions = {}): void {
  beforeAll(async () => {
    process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
    await buildWeb();
    system = await startLocalSystem(options);
    operator = await caller(system, "operator", "operator");
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });
}

/** A browser of one person's own, with their requests. */
export async function open(colorScheme: "light" | "dark"): Promise<{ page: Page; requests: Request[] }> {
  const viewport = { width: colorScheme === "dark" ? 390 : 1180, height: 800 };
  const page = await (await browser.newContext({ colorScheme, viewport })).newPage();
  const requests: Request[] = [];
  page.on("request", (request) => requests.push(request));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  page.setDefaultTimeout(15_000);
  await page.goto(system.url);
  return { page, requests };
}

export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** What axe-core finds in the page as it is. */
export async function findings(page: Page, view: string): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ["violations"] }),
  );
  return violations.map(({ id, nodes }) => `${view}: ${id} at ${nodes[0].target.join(" ")}`);
}
