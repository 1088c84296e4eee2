/**
 * Who may make which call: every call of the OpenAPI page by every kind of caller, as one table. A new call has no place in it
 * until it says for whom it is.
 */
import { beforeAll, expect, jest, test } from "@jest/globals";
import { openApi } from "../../src/handlers/get-openapi.ts";
import { type Caller, caller, callerWith, newId, type Problem } from "./caller.ts";
import { startSystem, system } from "./system.ts";

jest.setTimeout(120_000);

const IDENTITIES = [
  "no token",
  "expired",
  "other audience",
  "stranger",
  "left",
  "member elsewhere",
  "operator elsewhere",
  "awaiting approval",
  "banned",
  "member",
  "operator here",
  "operator of all",
] as const;
type Identity = (typeof IDENTITIES)[number];
type Row = Record<Identity, number | string>;

const NO_TOKEN = { "no token": 401, expired: 401, "other audience": 401 } as const;
/** Whoever has nothing to do with the community. */
const outsiders = <T>(answer: T) => ({
  stranger: answer,
  left: answer,
  "member elsewhere": answer,
  "operator elsewhere": answer,
});
const operators = <T>(answer: T) => ({ "operator here": answer, "operator of all": answer });

/** `in`: past the doors; what the call then says of its body is other tests' matter. A word: a problem. A number: a status. */
const FOR = {
  anyone: Object.fromEntries(IDENTITIES.map((identity) => [identity, "in"])) as Row,
  "signed in": {
    ...NO_TOKEN,
    ...outsiders("in"),
    "awaiting approval": "in",
    banned: "in",
    member: "in",
    ...operators("in"),
  },
  member: {
    ...NO_TOKEN,
    ...outsiders("unknown-community"),
    "awaiting approval": "awaiting-approval",
    banned: "banned",
    member: "in",
    ...operators("not-a-member"),
  },
  insider: {
    ...NO_TOKEN,
    ...outsiders("unknown-community"),
    "awaiting approval": "awaiting-approval",
    banned: "banned",
    member: "in",
    ...operators("in"),
  },
  operator: {
    ...NO_TOKEN,
    ...outsiders("operator-scope-needed"),
    "awaiting approval": "operator-scope-needed",
    banned: "operator-scope-needed",
    member: "operator-scope-needed",
    ...operators("in"),
  },
} as const satisfies Record<string, Row>;

const C = "/communities/{community}";
const EXPECTED: Record<string, Row> = {
  "get /health": FOR.anyone,
  "get /openapi.json": FOR.anyone,
  "get /console.json": FOR.anyone,
  "get /me": FOR["signed in"],
  "get /communities": { ...FOR.operator, "operator elsewhere": "in" },
  [`put ${C}`]: FOR.operator,
  [`get ${C}`]: FOR.insider,
  [`delete ${C}`]: FOR.operator,
  [`get ${C}/operators`]: FOR.operator,
  [`put ${C}/operators/{userId}`]: FOR.operator,
  [`delete ${C}/operators/{userId}`]: FOR.operator,
  [`post ${C}/invites`]: FOR.operator,
  [`get ${C}/invites`]: FOR.operator,
  [`delete ${C}/invites/{code}`]: FOR.operator,
  [`get ${C}/members`]: FOR.operator,
  [`put ${C}/members/{memberId}`]: FOR.operator,
  [`delete ${C}/members/{memberId}`]: FOR.operator,
  [`put ${C}/members/me`]: {
    ...FOR["signed in"],
    ...outsiders(202),
    "awaiting approval": 202,
    banned: "banned",
    ...operators(201),
  },
  [`get ${C}/members/me`]: { ...FOR.member, "awaiting approval": 200 },
  [`get ${C}/members/me/meetings`]: FOR.member,
  [`get ${C}/members/me/export`]: FOR.member,
  [`put ${C}/members/me/availability`]: FOR.member,
  [`delete ${C}/members/me/availability`]: FOR.member,
  [`delete ${C}/members/me`]: FOR["signed in"],
  [`post ${C}/imports`]: FOR.operator,
  [`get ${C}/imports`]: FOR.operator,
  [`get ${C}/imports/{id}`]: FOR.operator,
  [`put ${C}/members/me/user-factors`]: FOR.member,
  [`delete ${C}/members/me/user-factors`]: FOR.member,
  [`get ${C}/members/me/blocks`]: FOR.member,
  [`put ${C}/members/me/blocks/{memberId}`]: FOR.member,
  [`delete ${C}/members/me/blocks/{memberId}`]: FOR.member,
  [`put ${C}/items/{itemId}`]: FOR.operator,
  [`delete ${C}/items/{itemId}`]: FOR.operator,
  [`get ${C}/items`]: FOR.insider,
  [`get ${C}/items/{itemId}`]: FOR.insider,
  [`get ${C}/items/{itemId}/similar`]: FOR.insider,
  [`get ${C}/model`]: FOR.member,
  [`post ${C}/gradients`]: FOR.member,
  [`post ${C}/sums/{sum}/reports`]: FOR.member,
  [`get ${C}/gradients/{id}`]: FOR.member,
  [`post ${C}/ratings`]: FOR.member,
  [`get ${C}/ratings/{id}`]: FOR.member,
  [`get ${C}/recommendations/me`]: FOR.member,
  [`post ${C}/recommendations/me`]: FOR.member,
  [`get ${C}/assignments/me`]: FOR.member,
  [`get ${C}/assignments/me.ics`]: FOR.member,
  [`get ${C}/assignments`]: FOR.operator,
  [`post ${C}/rounds`]: FOR.operator,
  [`get ${C}/rounds`]: FOR.operator,
  [`get ${C}/rounds/{round}`]: FOR.operator,
  [`delete ${C}/rounds/{round}`]: FOR.operator,
  [`put ${C}/rounds/{round}/feedback`]: FOR.member,
  [`post ${C}/rounds/preview`]: FOR.operator,
  [`put ${C}/season`]: FOR.operator,
  [`get ${C}/season`]: FOR.insider,
  [`delete ${C}/season`]: FOR.operator,
  [`put ${C}/webhooks/{webhook}`]: FOR.operator,
  [`get ${C}/webhooks`]: FOR.operator,
  [`delete ${C}/webhooks/{webhook}`]: FOR.operator,
  [`post ${C}/webhooks/{webhook}/test`]: FOR.operator,
  [`post ${C}/webhooks/{webhook}/rotate`]: FOR.operator,
  [`get ${C}/webhooks/{webhook}/deliveries`]: FOR.operator,
  [`get ${C}/history`]: FOR.operator,
  [`get ${C}/stats`]: FOR.operator,
  [`get ${C}/operations`]: FOR.operator,
  [`get ${C}/versions`]: FOR.operator,
  [`post ${C}/versions`]: FOR.operator,
  [`get ${C}/versions/compare`]: FOR.operator,
  [`delete ${C}/versions/{version}`]: FOR.operator,
  [`post ${C}/versions/{version}/restore`]: FOR.operator,
};

/** Bodies with which the calls change something, so that a refusal that comes too late would show. */
const BODIES: Record<string, object> = {
  [`put ${C}`]: { settings: { groupSize: 3 } },
  [`put ${C}/members/me`]: { paused: true },
  [`put ${C}/members/{memberId}`]: { tags: { language: "de" } },
  [`post ${C}/invites`]: { usesMax: 2 },
  [`put ${C}/members/me/user-factors`]: { values: [1, 2] },
  [`put ${C}/season`]: { rounds: 2 },
  [`put ${C}/webhooks/{webhook}`]: { url: "https://example.com/", events: ["member.left"] },
  [`put ${C}/members/me/availability`]: {
    timeZone: "Europe/Madrid",
    weekly: [{ day: "monday", from: "18:00", to: "20:00" }],
  },
  [`put ${C}/rounds/{round}/feedback`]: { met: false },
  [`post ${C}/imports`]: { kind: "items" },
};

const CALLS = Object.entries((openApi() as { paths: Record<string, object> }).paths).flatMap(
  ([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`),
);

let everyone: Record<Identity, Caller>;

startSystem();
beforeAll(async () => {
  const mint = async (body: object) => {
    const response = await fetch(`${system.url}/dev/token`, { method: "POST", body: JSON.stringify(body) });
    return callerWith(system.url, ((await response.json()) as { token: string }).token);
  };
  const signedIn = IDENTITIES.slice(3).map(async (identity) => [identity, await caller(system, identity)]);
  everyone = {
    ...Object.fromEntries(await Promise.all(signedIn)),
    "no token": callerWith(system.url, null),
    expired: await mint({ sub: "member", expiresInSeconds: -60 }),
    "other audience": await mint({ sub: "member", audience: "another" }),
    "operator of all": await caller(system, "operator of all", "operator"),
  };
  const elsewhere = "/communities/elsewhere";
  await everyone["operator of all"]("PUT", elsewhere, { body: {} });
  await everyone["member elsewhere"]("PUT", `${elsewhere}/members/me`);
  await everyone["operator of all"]("PUT", `${elsewhere}/operators/operator elsewhere`);
});

/** A community with somebody of each kind; answers the memberId of another member. */
async function settle(path: string): Promise<string> {
  const operator = everyone["operator of all"];
  const join = async (call: Caller) =>
    (await call<{ memberId: string }>("PUT", `${path}/members/me`, { body: { learning: "hosted" } })).body
      .memberId;
  await operator("PUT", path, { body: { settings: { factors: 1 } } });
  const other = await join(await caller(system, "other"));
  await join(everyone.member);
  await join(everyone.left);
  const banned = await join(everyone.banned);
  await everyone.left("DELETE", `${path}/members/me`);
  await operator("PUT", `${path}/members/${banned}`, { body: { status: "banned" } });
  await operator("PUT", path, { body: { settings: { join: "approval" } } });
  await everyone["awaiting approval"]("PUT", `${path}/members/me`);
  await operator("PUT", `${path}/operators/operator here`);
  return other;
}

/** What of a community a call could change. */
async function stateOf(path: string): Promise<object> {
  const operator = everyone["operator of all"];
  const read = async (of: string) => (await operator("GET", path + of)).body;
  return {
    community: await read(""),
    people: await read("/members"),
    operators: await read("/operators"),
    invites: await read("/invites"),
    webhooks: await read("/webhooks"),
    versions: await read("/versions"),
    hasSeason: (await operator("GET", `${path}/season`)).status === 200,
  };
}

const DOORS = [
  "unauthorized",
  "operator-scope-needed",
  "unknown-community",
  "not-a-member",
  "awaiting-approval",
  "banned",
];

function told({ status, body }: { status: number; body?: Problem }, expected: number | string) {
  if (typeof expected === "number" || status >= 500) return status;
  return status >= 400 && body && DOORS.includes(body.type) ? body.type : "in";
}

test("every call of the contract says for whom it is", () => {
  expect(CALLS.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
});

test.each(CALLS.map((call, at) => [call, at] as const))("%s is for whom it says", async (call, at) => {
  const [method, template] = call.split(" ");
  const ask = async (identity: Identity, community: string, memberId: string) => {
    const values: Record<string, string> = {
      ...{ community, memberId, id: newId(), itemId: "film" },
      ...{ round: "1", version: "1", sum: "1", code: "code", userId: "somebody", webhook: "app" },
    };
    const url = template.replace(/\{(\w+)\}/g, (_, name: string) => values[name]);
    const raw = ["put", "post"].includes(method) ? JSON.stringify(BODIES[call] ?? {}) : undefined;
    return told(
      await everyone[identity]<Problem>(method.toUpperCase(), url, { raw }),
      EXPECTED[call][identity],
    );
  };
  const row = EXPECTED[call];
  const refused = IDENTITIES.filter((one) => row[one] === 401 || DOORS.includes(String(row[one])));
  const community = `who-${at}`;
  const other = await settle(`/communities/${community}`);
  const answers: Partial<Row> = {};
  const before = await stateOf(`/communities/${community}`);
  for (const identity of refused) answers[identity] = await ask(identity, community, other);
  expect(await stateOf(`/communities/${community}`)).toEqual(before);
  for (const [n, identity] of IDENTITIES.filter((one) => !refused.includes(one)).entries()) {
    // A community that somebody has deleted is there for nobody else to delete.
    const own = call === `delete ${C}` ? `who-${at}-${n}` : community;
    const memberId = own === community ? other : await settle(`/communities/${own}`);
    answers[identity] = await ask(identity, own, memberId);
  }
  expect(answers).toEqual(row);
});

test("what somebody is told of a community that they are not in is what is told of one that does not exist", async () => {
  await settle("/communities/closed");
  await everyone["operator of all"]("PUT", "/communities/closed", { body: { settings: { join: "invite" } } });
  for (const call of CALLS.filter((one) => one.includes(C))) {
    const [method, template] = call.split(" ");
    const answers: unknown[] = [];
    for (const community of ["closed", "nobody"]) {
      const url = template.replace("{community}", community).replace(/\{(\w+)\}/g, newId());
      const raw = ["put", "post"].includes(method) ? JSON.stringify({ ...BODIES[call] }) : undefined;
      const { status, headers, body } = await everyone.stranger<Problem>(method.toUpperCase(), url, { raw });
      const told = [...headers].filter(([name]) => name !== "date");
      const { requestId: _, ...problem } = { requestId: "", ...body };
      answers.push(JSON.parse(JSON.stringify([status, told, problem]).replaceAll(community, "C")));
    }
    expect([call, answers[1]]).toEqual([call, answers[0]]);
  }
});
