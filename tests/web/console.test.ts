/**
 * The console's story in a real browser, against one local system: an operator and a member, each in a
 * browser of their own.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { AT_ONCE, found, until } from "../e2e/caller.ts";
import { browser, button, complaints, findings, open, operator, startConsole, system } from "./console.ts";

const COMMUNITY = "club";
const C = `/communities/${COMMUNITY}`;
const PEOPLE = ["ben", "cleo", "dan", "eva", "finn", "gus", "hana"];

let app: Server | undefined;

startConsole();
afterAll(() => void app?.close());

/** Opens a view, waits until it is there, and answers what axe-core finds in it. */
async function findingsIn(page: Page, view: string, sight: string): Promise<string[]> {
  await page.goto(`${system.url}/#/c/${COMMUNITY}/${view}`);
  await page.getByText(sight).first().waitFor();
  return findings(page, view);
}

/** The example as an app team builds it, on pages of another origin than the API's. */
async function openExample(sub: string): Promise<Page> {
  const alias = {
    tertulia: "./src/client/client.ts",
    "tertulia/indexed-db-storage": "./src/client/indexed-db-storage.ts",
  };
  const { outputFiles } = await build({
    ...{ entryPoints: ["examples/member-app.ts"], bundle: true, format: "esm", write: false, alias },
  });
  app = createServer(({ url = "" }, response) => {
    const isScript = url.endsWith(".js");
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? outputFiles[0].text : readFileSync("examples/member-app.html"));
  });
  await once(app.listen(0, "127.0.0.1"), "listening");
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(15_000);
  const query = new URLSearchParams({ api: system.url, community: COMMUNITY, sub });
  await page.goto(`http://127.0.0.1:${(app.address() as AddressInfo).port}/member-app.html?${query}`);
  return page;
}

let operatorPage: Page;
let memberPage: Page;

test("an operator signs in and makes a community", async () => {
  const { page } = await open("light");
  operatorPage = page;
  await button(page, "the operator").waitFor();
  expect(await findings(page, "sign-in")).toEqual([]);
  await button(page, "the operator").click();
  const form = page.locator("form", { hasText: "Make a community" });
  await form.getByLabel("Its name").fill(COMMUNITY);
  expect(await findings(page, "communities")).toEqual([]);
  await form.getByRole("button").click();
  await page.getByRole("heading", { name: COMMUNITY }).waitFor();
  await page.getByText("There is no draft yet").waitFor();
  expect((await operator("GET", C)).status).toBe(200);
});

test("a member's rating stays on the device over a reload, and the outbox shows the very bytes that left it", async () => {
  await found(system, COMMUNITY, PEOPLE, { ...AT_ONCE, factors: 2, assignmentIntervalSeconds: 0 });
  const { page, requests } = await open("dark");
  memberPage = page;
  await button(page, "ana").click();
  await page.goto(`${system.url}/#/c/${COMMUNITY}/me`);
  await button(page, "Join").click();
  const somebody = page.getByLabel(/^My rating of/).first();
  await somebody.selectOption("much");
  const label = (await somebody.getAttribute("aria-label"))!;
  await page.reload();
  await page.getByLabel(label).waitFor();
  expect(await page.getByLabel(label).inputValue()).toBe("3");
  await button(page, "Contribute").click();
  await page.getByText("Sent, against version").waitFor();
  expect(await findings(page, "me")).toEqual([]);

  const rated = (await operator<{ members: { memberId: string }[] }>("GET", `${C}/members`)).body.members
    .map(({ memberId }) => memberId)
    .find((memberId) => label.endsWith(memberId.slice(0, 8)));
  const said = requests.map((request) => `${request.url()} ${request.postData() ?? ""}`);
  expect(rated).toBeDefined();
  expect(said.filter((text) => text.includes(rated!))).toEqual([]);
  const sent = requests.find((request) => request.url().endsWith("/gradients"))!.postData();
  await page.getByRole("link", { name: "What left my device" }).click();
  const entry = page.locator("li", { hasText: "POST /gradients" }).first();
  await entry.locator("summary").click();
  expect(await entry.locator("pre").textContent()).toBe(sent);
  expect(await findings(page, "outbox")).toEqual([]);
  await system.drain();
});

test("what a penalty would do is seen before it is saved, and a double click publishes once", async () => {
  const page = operatorPage;
  type Rounds = { rounds: { round: number }[] };
  const published = async () => (await operator<Rounds>("GET", `${C}/rounds`)).body.rounds.length;
  const penalty = async () =>
    (await operator<{ settings: { diversityPenalty: number } }>("GET", C)).body.settings.diversityPenalty;
  expect(await findingsIn(page, "round/draft", "What if")).toEqual([]);
  await page.getByLabel("Penalty for meeting again").fill("0");
  await page.getByText("nothing is saved").waitFor();
  expect(await penalty()).toBe(1.25);
  await button(page, "Save for the community").click();
  await until(penalty, (value) => value === 0);
  await button(page, "Publish this round").dblclick();
  await page.getByText("Round 1 is published").waitFor();
  expect(await published()).toBe(1);
});

test("axe-core finds nothing in any view of an operator", async () => {
  const found: string[] = [];
  for (const [view, sight] of [
    ["story", "one shared model"],
    ["round/1", "Lines show what"],
    ["members", "hana"],
    ["plan", "No season is planned"],
    ["settings", "sumMembersMin"],
    ["learning", "The latest steps"],
    ["imports", "There was no import yet"],
    ["notices", "There is no webhook yet"],
    ["health", "Queues of the whole stack"],
  ]) {
    found.push(...(await findingsIn(operatorPage, view, sight)));
  }
  expect(found).toEqual([]);
});

test("the member says that they met, and an operator's other tab shows what the first has changed", async () => {
  await memberPage.goto(`${system.url}/#/c/${COMMUNITY}/me`);
  await memberPage.reload();
  await button(memberPage, "Yes").click();
  await memberPage.getByText("Noted.").waitFor();
  const other = await operatorPage.context().newPage();
  const token = await operatorPage.evaluate(() => sessionStorage.getItem("tertulia.token")!);
  await other.addInitScript((text) => sessionStorage.setItem("tertulia.token", text), token);
  await other.goto(`${system.url}/#/c/${COMMUNITY}/plan`);
  await other.getByText("Rounds are published by hand").waitFor();
  await operatorPage.goto(`${system.url}/#/c/${COMMUNITY}/plan`);
  await button(operatorPage, "Publish by this cadence").press("Enter");
  await operatorPage.getByText("The next round is published").waitFor();
  // A tab that is looked at again asks at once.
  await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await other.getByText("The next round is published").waitFor();
  await other.close();
});

test("a member sees whom they have blocked, also after a reload, and takes the block back", async () => {
  const page = memberPage;
  const person = page.locator("li", { has: button(page, "Never in a group with me") }).first();
  const name = (await person.locator("strong").textContent())!;
  await person.getByRole("button").click();
  await page.getByText("Blocked. They are not told.").waitFor();
  await page.reload();
  await page.getByText("Blocked. They are not told.").waitFor();
  const blocks = page.locator("details", { hasText: "Whom I have blocked" });
  await blocks.locator("summary").click();
  await blocks.getByText(name).waitFor();
  expect(await findings(page, "blocks")).toEqual([]);
  await blocks.getByRole("button", { name: "Take the block back" }).click();
  await blocks.getByText("You have blocked nobody.").waitFor();
  expect(await page.getByText("Blocked. They are not told.").count()).toBe(0);
});

test("the name that a member gives is theirs after a reload, and in the operators' list", async () => {
  const name = memberPage.getByLabel("What others call me");
  await name.fill("Ana B.");
  await button(memberPage, "Save the name").press("Enter");
  await memberPage.getByText("Saved.").waitFor();
  await memberPage.reload();
  await name.waitFor();
  expect(await name.inputValue()).toBe("Ana B.");
  await operatorPage.goto(`${system.url}/#/c/${COMMUNITY}/members`);
  await operatorPage.getByText("Ana B.").first().waitFor();
});

test("the example of a member's app rates, contributes and shows the group", async () => {
  const page = await openExample("dan");
  await page
    .getByRole("button", { name: /^like:/ })
    .first()
    .click();
  await page.getByText("Kept on this device.").waitFor();
  await page.getByRole("button", { name: "Contribute" }).click();
  await page.getByText("Sent.").waitFor();
  await page.getByText("a gradient of").waitFor();
  expect(await page.locator("#group li", { hasText: "you" }).count()).toBe(1);
});

test("a sign-out clears the token", async () => {
  await button(operatorPage, "Sign out").click();
  await button(operatorPage, "the operator").waitFor();
  expect(await operatorPage.evaluate(() => sessionStorage.length + localStorage.length)).toBe(0);
});

test("no page had an error or asked for what its policy forbids", () => {
  expect(complaints).toEqual([]);
});
