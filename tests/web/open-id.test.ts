import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../../scripts/browser.ts";
import { buildWeb } from "../../scripts/build-web.ts";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { CLIENT_ID, type OpenIdProvider, startProvider } from "./open-id-provider.ts";

let provider: OpenIdProvider;
let system: LocalSystem;
let browser: Browser;

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  console.info = console.warn = () => {}; // the provider says of each default that it is one
  await buildWeb();
  provider = await startProvider("tertulia", "operator");
  system = await startLocalSystem({ params: { jwtIssuer: provider.url, consoleClientId: CLIENT_ID } });
  provider.serve(`${system.url}/`);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  provider?.stop();
});

test("an operator signs in by the code flow with PKCE at a real provider, and is back where they were", async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  const here = [system.url, provider.url];
  await page.route(
    (url) => !here.includes(url.origin),
    (route) => route.abort(), // the provider's own pages ask for a font
  );
  await page.goto(`${system.url}/#/c/chess`);
  const asked = page.waitForRequest((request) => request.url().startsWith(`${provider.url}/auth?`));
  await page.getByRole("button", { name: /^Sign in at/ }).click();
  const query = new URL((await asked).url()).searchParams;
  expect([query.get("response_type"), query.get("code_challenge_method")]).toEqual(["code", "S256"]);
  await page.locator('input[name="login"]').fill("ana");
  await page.locator('input[name="password"]').fill("any");
  await page.locator('button[type="submit"]').click();
  await page.getByRole("button", { name: /continue/i }).click();
  await page.getByRole("heading", { name: "chess" }).waitFor();
  expect(page.url()).toBe(`${system.url}/#/c/chess`); // nothing of the code is left in it
  expect(await page.getByText("ana").count()).toBe(1);
  await page.getByRole("link", { name: "Tertulia" }).click();
  await page.getByText("Make a community").waitFor(); // an operator by the token's scope
});
