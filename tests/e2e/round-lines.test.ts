/**
 * What operators look at rounds with: lines between members, who is absent, previews, the list; and the page
 * that shows it.
 */
import { beforeAll, expect, test } from "@jest/globals";
import { buildWeb } from "../../scripts/build-web.ts";
import { PREVIEWS_PER_HOUR_MAX } from "../../src/domain/limits.ts";
import { takeFromCommunityRate } from "../../src/infra/community-rate.ts";
import { found, type JoinedMember, type Problem, until } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Looked {
  round: number;
  state: string;
  groups: { members: { memberId: string }[]; because?: string[] }[];
  pairs: { members: string[]; liking: string; metRoundsAgo: number | null }[];
  absent: { memberId: string; why: string }[];
}

const C = "/communities/lines";
let members: JoinedMember[];

startSystem();
beforeAll(async () => {
  await buildWeb();
  const people = ["ana", "bo", "cy", "di", "ed", "flo", "gil", "hal"];
  members = await found(system, "lines", people, { groupSize: 3, assignmentIntervalSeconds: 0 });
});

const look = async (round: number | "draft") =>
  (await operator<Looked>("GET", `${C}/rounds/${round}?pairs=true`)).body;
const isTogether = ({ groups }: Looked, pair: string[]) =>
  groups.some((group) => pair.every((one) => group.members.some(({ memberId }) => memberId === one)));
const preview = (settings: object) =>
  operator<Looked & Problem>("POST", `${C}/rounds/preview`, { body: { settings } });

test("lines stand within groups alone, tell when two last met, and who is absent is told with the reason", async () => {
  const [ana, bo, cy] = members;
  await ana.call("PUT", `${C}/members/me/blocks/${bo.memberId}`);
  await cy.call("PUT", `${C}/members/me`, { body: { paused: true } });
  for (let round = 1; round <= 2; round++) await operator("POST", `${C}/rounds`);
  const second = await look(2);
  const first = await look(1);
  const inGroups = second.groups.reduce(
    (sum, { members: { length } }) => sum + (length * (length - 1)) / 2,
    0,
  );
  expect(second.pairs).toHaveLength(inGroups);
  for (const { members: pair, metRoundsAgo } of second.pairs) {
    expect(isTogether(second, pair)).toBe(true);
    expect(metRoundsAgo).toBe(isTogether(first, pair) ? 1 : null);
  }
  const named = [ana.memberId, bo.memberId];
  expect(second.pairs.filter(({ members: pair }) => named.every((one) => pair.includes(one)))).toEqual([]);
  expect(second.absent).toEqual([{ memberId: cy.memberId, why: "not-in-it" }]);
  const draft = await until(
    () => look("draft"),
    ({ absent }) => absent?.length === 1,
  );
  expect(draft.absent).toEqual([{ memberId: cy.memberId, why: "paused" }]);
  const { body } = await operator<{ rounds: { round: number }[]; next?: string }>("GET", `${C}/rounds`);
  expect([body.rounds.map(({ round }) => round), body.next]).toEqual([[2, 1], undefined]);
});

test("a preview changes nothing, and one that would leave few groups is refused by name", async () => {
  const before = await until(
    () => look("draft"),
    ({ state }) => state === "draft",
  );
  const made = await preview({ diversityPenalty: 0, objective: "fair", groupSize: 2 });
  expect(made.status).toBe(200);
  expect(made.body.groups.map((group) => group.members.length).toSorted()).toEqual([2, 2, 3]);
  expect(await look("draft")).toEqual(before);
  const refused = await preview({ groupSize: 4 });
  expect([refused.status, refused.body.errors?.[0].pointer]).toEqual([400, "#/settings/groupSize"]);
  const unknown = await preview({ mixTags: ["language"] });
  expect([unknown.status, unknown.body.errors?.[0].pointer]).toEqual([400, "#/settings/mixTags"]);
});

test("previews of an hour are few", async () => {
  const counts = Array.from({ length: PREVIEWS_PER_HOUR_MAX }, () =>
    takeFromCommunityRate("lines", "preview", PREVIEWS_PER_HOUR_MAX, Date.now()),
  );
  await Promise.all(counts);
  const { headers, body } = await preview({});
  expect(body.type).toBe("too-many-previews");
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
});

test("a community that has not changed is a 304 to whoever has it", async () => {
  const { headers } = await operator("GET", C);
  const again = await operator("GET", C, { headers: { "if-none-match": headers.get("etag")! } });
  expect(again.status).toBe(304);
});

test("the page is checked anew each time, its files are kept for good, and it may reach the API and where files of imports go", async () => {
  const page = await fetch(`${system.url}/`);
  const html = await page.text();
  expect(page.headers.get("cache-control")).toBe("no-cache");
  const policy = /default-src 'none'.*connect-src 'self' http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/_imports\/;/;
  expect(page.headers.get("content-security-policy")).toMatch(policy);
  expect(html).not.toMatch(/<style| style=|<script>| on\w+=/);
  const script = await fetch(`${system.url}/${/assets\/main-\w+\.js/.exec(html)![0]}`);
  expect([script.status, script.headers.get("content-encoding")]).toEqual([200, "gzip"]);
  expect(script.headers.get("cache-control")).toContain("immutable");
  for (const name of ["main-AAAAAAAA.js", "..%2Findex.html", "index.html"])
    expect((await fetch(`${system.url}/assets/${name}`)).status).toBe(404);
  const etag = page.headers.get("etag")!;
  expect((await fetch(`${system.url}/`, { headers: { "if-none-match": etag } })).status).toBe(304);
});
