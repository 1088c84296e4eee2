/**
 * What the console weighs, and how soon somebody on a phone can use it: cold, in headless Chromium with its
 * CPU slowed to a quarter.
 */
import type { Browser } from "playwright-core";
import { launchBrowser } from "../browser.ts";
import { buildWeb, type WebFile } from "../build-web.ts";
import { startLocalSystem } from "../local/system.ts";
import { median } from "./report.ts";

const SLOWED = 4;
const LOADS = 7;

export interface ConsoleFigures {
  files: WebFile[];
  gzippedBytes: number;
  /** From the navigation until the sign-in's buttons can be pressed. */
  interactiveMs: number;
  slowed: number;
}

/** One cold load in a browser context of its own. */
async function loadMs(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
  try {
    const page = await context.newPage();
    const devTools = await context.newCDPSession(page);
    await devTools.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
    await page.goto(url, { waitUntil: "commit" });
    await page.getByRole("button", { name: "the operator" }).click({ trial: true });
    return await page.evaluate(() => performance.now());
  } finally {
    await context.close();
  }
}

export async function measureConsole(): Promise<ConsoleFigures> {
  const files = await buildWeb();
  const system = await startLocalSystem();
  const browser = await launchBrowser();
  try {
    await loadMs(browser, system.url); // the function's own cold start is not the page's
    const times: number[] = [];
    for (let n = 0; n < LOADS; n++) times.push(await loadMs(browser, system.url));
    const gzippedBytes = files.reduce((sum, file) => sum + file.gzippedBytes, 0);
    return { files, gzippedBytes, interactiveMs: median(times), slowed: SLOWED };
  } finally {
    await browser.close();
    await system.stop();
  }
}
