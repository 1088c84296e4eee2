/** Headless Chromium, as an npm package brings it. */
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as launcher } from "playwright-core";

export async function launchBrowser(): Promise<Browser> {
  return launcher.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox", "--disable-gpu"],
  });
}
