/** What operators see happen, and the documents, in a real browser against one local system. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import type { Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { caller, found } from "../e2e/caller.ts";
import { type Receiver, startReceiver } from "../e2e/receiver.ts";
import { ManualClock } from "../local/manual-clock.ts";
import { button, complaints, findings, open, operator, startConsole, system } from "./console.ts";

/** Swagger UI makes each table of answers a region without a name. */
const OF_SWAGGER_UI = /landmark-unique at #\w+_responses$/;

/** They have no element that the Overview has not, and axe-core takes its time over each. */
const LONG_GUIDES = ["Evidence", "Runbook"];
const COMMUNITY = "guild";

let receiver: Receiver;
let operatorPage: Page;

startConsole({ scheduleClock: new ManualClock(Date.now()) }); // ticks come when a test says so
beforeAll(async () => {
  receiver = await startReceiver();
  await found(system, COMMUNITY, ["ana", "ben", "cleo", "dan"], { groupSize: 2 });
  await system.drain();
  operatorPage = (await open("light")).page;
  await button(operatorPage, "the operator").click();
});
afterAll(() => receiver?.stop());

const show = (page: Page, view: string) => page.goto(`${system.url}/#/c/${COMMUNITY}/${view}`);

test("who is not signed in reads guides, whose links lead to one another, and axe-core finds nothing", async () => {
  const { page } = await open("dark");
  await page.goto(`${system.url}/docs`);
  expect(page.url()).toBe(`${system.url}/#/docs`);
  const faults: string[] = [];
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
    if (!LONG_GUIDES.includes(name)) faults.push(...(await findings(page, name)));
    const isWide = await page.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth);
    if (isWide) faults.push(`${name}: wider than a phone`);
  }
  expect(faults).toEqual([]);
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
  const token = await page.evaluate(() => sessionStorage.getItem("tertulia.token")!);
  expect(await page.content()).not.toContain(token);
  const others = requests.filter((request) => !/^(data:|http:\/\/127\.0\.0\.1:)/.test(request.url()));
  expect(others.map((request) => request.url())).toEqual([]);
  const faults = await findings(page, "reference");
  expect(faults.filter((finding) => !OF_SWAGGER_UI.test(finding))).toEqual([]);
  await button(page, "Sign out").click();
  await page.getByRole("link", { name: "Docs" }).click();
  await call.waitFor();
  expect(await page.getByText('"userId": "ana"').count()).toBe(0);
});

test("a webhook that the page has made gets the round that the page publishes, signed with the secret it has shown", async () => {
  const page = operatorPage;
  await show(page, "notices");
  await page.getByLabel("Name").fill("app");
  await page.getByLabel("URL").fill(receiver.url);
  await button(page, "Make or change it").click();
  const secret = await page.getByRole("status").locator("code").textContent();
  await show(page, "round/draft");
  await button(page, "Publish this round").click();
  await page.getByText("Round 1 is published").waitFor();
  await system.drain();
  expect(receiver.received).toHaveLength(1);
  const [{ body, headers }] = receiver.received;
  const message = new Webhook(secret!).verify(body, headers as Record<string, string>);
  expect(message).toMatchObject({ type: "round.published", data: { community: COMMUNITY, round: 1 } });
  await show(page, "notices");
  await page.locator("summary", { hasText: "The last deliveries" }).click();
  await page.getByRole("row", { name: /round\.published delivered/ }).waitFor();
});

test("what a member says of a round changes the figures of the week, and the round is not withdrawn any more", async () => {
  const figures = async () => {
    await show(operatorPage, "health");
    const week = operatorPage.getByRole("table", { name: "By week" }).getByRole("row").nth(1);
    await week.waitFor();
    return (await week.getByRole("cell").allTextContents()).slice(-2);
  };
  expect(await figures()).toEqual(["0", "100%"]);
  const { page } = await open("dark");
  await button(page, "ben").click();
  await show(page, "me");
  await button(page, "No").click();
  await page.getByText("Noted.").waitFor();
  await show(operatorPage, "round/1");
  await button(operatorPage, "Withdraw this round").click();
  await button(operatorPage, "Withdraw this round").click();
  await operatorPage.getByRole("alert").getByText("A member has said already how it went.").waitFor();
  expect(await figures()).toEqual(["1", "75%"]);
});

test("a file that the page uploads is imported, and the page tells which line was wrong and why", async () => {
  const page = operatorPage;
  await show(page, "imports");
  await page.getByLabel("Of what").selectOption("items");
  const text = "itemId,kind,title\nvertigo,film,Vertigo\nno id,film,\n";
  const file = { name: "films.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.getByLabel("CSV file").setInputFiles(file);
  await button(page, "Import").click();
  await page.getByText("The file has arrived.").waitFor();
  const { handler } = await import("../../src/handlers/run-imports.ts");
  await handler({} as never, { getRemainingTimeInMillis: () => 900_000 } as Context);
  const entry = page.getByRole("listitem").filter({ hasText: "items: finished" });
  await entry.getByText("1 line taken, 1 line rejected.").waitFor();
  await entry.getByText("The first rejected lines").click();
  await entry.getByText(/^Line 3: itemId /).waitFor();
  expect(await findings(page, "imports")).toEqual([]);
});

test("where the bucket takes nothing from the page, the page tells what went wrong, and the command that uploads", async () => {
  const page = operatorPage;
  await page.route("**/_imports/**", (route) => route.abort());
  await button(page, "Import").click();
  await page.getByRole("alert").getByText("films.csv").waitFor();
  await page.getByText("curl -T FILE.csv -H 'if-none-match: *'").waitFor();
});

test("an operator lets in and invites by keyboard alone", async () => {
  const page = operatorPage;
  const C = `/communities/${COMMUNITY}`;
  const join = async (sub: string, body: object) =>
    (await (await caller(system, sub))("PUT", `${C}/members/me`, { body })).status;
  await operator("PUT", C, { body: { settings: { join: "approval" } } });
  expect(await join("eva", {})).toBe(202);
  await show(page, "members");
  const eva = page.getByRole("row", { name: /^eva/ });
  await eva.waitFor();
  const press = async (label: string) => {
    const reached = () => page.evaluate(() => document.activeElement?.textContent);
    for (let tabs = 0; tabs < 60 && (await reached()) !== label; tabs++) await page.keyboard.press("Tab");
    expect(await reached()).toBe(label);
    await page.keyboard.press("Enter");
  };
  await press("Approve");
  await eva.getByRole("button", { name: "Approve" }).waitFor({ state: "detached" });
  expect(await join("eva", {})).toBe(200);
  await press("Make an invitation");
  await page.getByText("used 0 times").waitFor();
  const invite = (await page.locator("li", { hasText: "used 0 times" }).locator("code").textContent())!;
  expect(await join("finn", { invite })).toBe(201);
});

test("no page had an error or asked for what its policy forbids", () => {
  expect(complaints).toEqual([]);
});
