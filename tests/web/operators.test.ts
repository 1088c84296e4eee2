/** What operators see happen, and the documents, in a real browser against one local system. */
import { expect, jest, test } from "@jest/globals";
import { button, complaints, findings, open, startConsole, system } from "./console.ts";

jest.setTimeout(60_000);

/** Swagger UI makes each table of answers a region without a name. */
const OF_SWAGGER_UI = /landmark-unique at #\w+_responses$/;

startConsole();

test("who is not signed in reads guides, whose links lead to one another, and axe-core finds nothing", async () => {
  const { page } = await open("dark");
  await page.goto(`${system.url}/docs`);
  expect(page.url()).toBe(`${system.url}/#/docs`);
  const found: string[] = [];
  for (const [name, heading] of [
    ["Overview", "Tertulia"],
    ["Imports", "Imports"],
    ["Versions and figures", "Versions, experiments, figures"],
    ["Evidence", "Evidence"],
    ["Runbook", "Runbook"],
    ["Rounds", "Rounds"],
  ]) {
    await page.getByRole("navigation").getByRole("link", { name }).click();
    await page.getByRole("heading", { name: heading, level: 1, exact: true }).waitFor();
    found.push(...(await findings(page, name)));
    const isWide = await page.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth);
    if (isWide) found.push(`${name}: wider than a phone`);
  }
  expect(found).toEqual([]);
  await page.getByRole("article").getByRole("link", { name: "README" }).click();
  await page.getByRole("heading", { name: "Settings", level: 3 }).waitFor();
  expect(page.url()).toBe(`${system.url}/#/docs/readme/settings`);
});

test("a call of the API's reference runs on this system with the token of who is signed in", async () => {
  const { page, requests } = await open("light");
  await button(page, "ana").click();
  await page.getByRole("link", { name: "Docs" }).click();
  const call = page.locator("#operations-me-getMe");
  await call.getByRole("button", { name: /me$/ }).first().click();
  await call.getByRole("button", { name: "Try it out" }).click();
  await call.getByRole("button", { name: "Execute" }).click();
  await call.getByText('"userId": "ana"').waitFor();
  const others = requests.filter((request) => !/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url()));
  expect(others.map((request) => request.url())).toEqual([]);
  const found = await findings(page, "reference");
  expect(found.filter((finding) => !OF_SWAGGER_UI.test(finding))).toEqual([]);
});

test("no page had an error or asked for what its policy forbids", () => {
  expect(complaints).toEqual([]);
});
