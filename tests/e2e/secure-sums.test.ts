/** Secure sums from devices to the model, beside a helper that runs: what counts, and what voids a sum. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";
import { SystemProcess } from "../../scripts/local/system-process.ts";
import { TertuliaClient } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import { encodeBase64 } from "../../src/domain/messages/base64.ts";
import { encodeReport, type Report } from "../../src/domain/messages/report.ts";
import { hexOf } from "../../src/domain/secure/open-reports.ts";
import type { MacKey } from "../../src/domain/secure/sealing.ts";
import type { SumTerms } from "../../src/domain/secure/terms.ts";
import {
  type Caller,
  caller,
  callerWith,
  found,
  type JoinedMember,
  newId,
  type Problem,
  until,
} from "./caller.ts";
import { crashAtEachCall } from "./crashes.ts";
import {
  askHelperAs,
  macKeyFor,
  postBytes,
  postReport,
  publicKeyOf,
  randomBytes,
  reportOf,
  termsOf,
} from "./secure-device.ts";

const PEOPLE = ["ana", "bo", "cy", "di", "eve"];
/** One level is 1/1024 of a factor and of a bias: what is a multiple of it needs no rounding. */
const UNIT = 1 / 1024;
const CLIP = Math.floor(32_767 / 8) * UNIT;
const SECURE = {
  ...{ sums: "secure", sumMembersMin: 5, sumMembersMax: 8, sumSecondsMin: 0 },
  ...{ clipFactor: CLIP, clipBias: CLIP },
};

let helper: SystemProcess;
let system: LocalSystem;
let publicKey: Uint8Array<ArrayBuffer>;
const token = (sub: string) => system.token(sub);

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  helper = await SystemProcess.start(["--helper", "--port", "0", "--param", "reportsMin=5"]);
  system = await startLocalSystem({ params: { helperUrl: helper.url } });
  publicKey = await publicKeyOf(helper);
});
afterAll(async () => {
  await system.stop();
  await helper.end();
});

interface Status {
  status: string;
  reason?: string;
  modelVersion?: number;
}
const statusOf = async (call: Caller, community: string, id: string) =>
  (await call<Status>("GET", `/communities/${community}/gradients/${id}`)).body;
const modelOf = async (call: Caller, community: string) =>
  (
    await call<{ modelVersion: number; values: number[][] }>(
      "GET",
      `/communities/${community}/model?encoding=json`,
    )
  ).body;
const settled = (call: Caller, community: string, id: string) =>
  until(
    () => statusOf(call, community, id),
    ({ status }) => status !== "queued",
  );

const askHelper = (terms: SumTerms, community: string, reports: readonly Report[], key = "local") =>
  askHelperAs(key, helper, { terms, community, reports });

interface Device extends JoinedMember {
  sub: string;
  macKey: MacKey;
}

async function devicesOf(community: string, people: readonly string[], change = {}): Promise<Device[]> {
  const members = await found(system, community, people, { ...SECURE, ...change });
  return Promise.all(
    members.map(async (member, n) => ({
      ...member,
      ...{ sub: people[n], macKey: await macKeyFor(helper, community, people[n]) },
    })),
  );
}

/** The gradient of the n-th: the bias of row 3 apart, whole levels other than 0 and 1. */
const valuesOf = (rowCount: number, n: number) =>
  Float32Array.from({ length: rowCount * 3 }, (_, i) => (((i * 7 + n * 13) % 41) - 20) * UNIT);

test("five members' reports become one step by exactly the sum of their gradients, and no fewer do", async () => {
  const devices = await devicesOf("salon", PEOPLE);
  const [{ call }] = devices;
  const terms = await termsOf(call, "salon");
  expect(terms).toMatchObject({ sum: 1, rowCount: 5, factors: 2, sumMembersMin: 5, sumMembersMax: 8 });
  const before = await modelOf(call, "salon");
  const ids: string[] = [];
  const expected = new Float64Array(15);
  for (const [n, { sub, macKey }] of devices.entries()) {
    if (n === 4) {
      await system.drain();
      expect((await modelOf(call, "salon")).modelVersion).toBe(0);
    }
    const values = valuesOf(5, n);
    for (const [i, value] of values.entries()) expected[i] += value;
    const report = await reportOf("salon", terms, { values, publicKey, macKey });
    ids.push(report.id);
    expect((await postReport(system.url, await token(sub), "salon", report)).status).toBe(202);
  }
  const first = await settled(call, "salon", ids[0]);
  expect(first).toEqual({ id: ids[0], status: "applied", modelVersion: 1 });
  const after = await modelOf(call, "salon");
  const moved = after.values.flat().map((value, i) => Math.round((before.values.flat()[i] - value) / UNIT));
  expect(moved).toEqual(Array.from(expected, (value) => Math.round(value / UNIT)));
});

const DEAD = "http://127.0.0.1:9";

/** Does `work` while the helper cannot be reached. */
async function withoutHelper<T>(work: () => Promise<T>): Promise<T> {
  process.env.HELPER_URL = DEAD;
  try {
    return await work();
  } finally {
    process.env.HELPER_URL = helper.url;
  }
}

async function postAll(
  community: string,
  devices: readonly Device[],
  change: (report: Report) => void = () => {},
) {
  const terms = await termsOf(devices[0].call, community);
  const reports: Report[] = [];
  for (const [n, { sub, macKey }] of devices.entries()) {
    const values = valuesOf(terms.rowCount, n);
    const report = await reportOf(community, terms, { values, publicKey, macKey });
    if (n === 0) change(report);
    reports.push(report);
    expect((await postReport(system.url, await token(sub), community, report)).status).toBe(202);
  }
  await system.drain();
  return reports;
}

test("while the helper is down a sealed sum waits and gathering goes on; a crash at any call then changes nothing", async () => {
  const devices = await devicesOf("patient", PEOPLE);
  const [{ call }] = devices;
  const before = await modelOf(call, "patient");
  const [first, second] = await withoutHelper(async () => [
    await postAll("patient", devices),
    await postAll("patient", devices),
  ]);
  for (const { id } of [first[0], second[0]])
    expect(await statusOf(call, "patient", id)).toEqual({ id, status: "queued" });
  const { commitSums } = await import("../../src/handlers/steps/commit-sums.ts");
  const crashes = await crashAtEachCall(() => commitSums("patient"));
  expect(crashes).toBeGreaterThan(10);
  const after = await modelOf(call, "patient");
  expect(after.modelVersion).toBe(2);
  const moved = after.values.flat().map((value, i) => Math.round((before.values.flat()[i] - value) / UNIT));
  const once = valuesOf(5, 0).map((_, i) => devices.reduce((sum, __, n) => sum + valuesOf(5, n)[i], 0));
  expect(moved).toEqual(Array.from(once, (value) => Math.round((2 * value) / UNIT)));
  for (const [n, { id }] of [...first, ...second].entries())
    expect(await statusOf(call, "patient", id)).toMatchObject({
      status: "applied",
      modelVersion: n < 5 ? 1 : 2,
    });
});

test("a crash at any call of gathering adds each report once", async () => {
  const devices = await devicesOf("gathered", PEOPLE);
  const terms = await termsOf(devices[0].call, "gathered");
  const { fixTerms } = await import("../../src/infra/head-store.ts");
  const { readGradientMessages, reportMessageBody } = await import("../../src/infra/gradient-queue.ts");
  const { gather } = await import("../../src/handlers/steps/gather.ts");
  expect(await fixTerms("gathered", terms)).toBe(true);
  expect(await fixTerms("gathered", { ...terms, rowCount: 4 })).toBe(false);
  const bodies: string[] = [];
  for (const [n, { macKey }] of devices.entries()) {
    const report = await reportOf("gathered", terms, { values: valuesOf(5, n), publicKey, macKey });
    bodies.push(reportMessageBody("gathered", new Uint8Array(16).fill(n), encodeReport(report))!);
  }
  const batch = readGradientMessages(bodies).map((one) => one!);
  const crashes = await crashAtEachCall(async () => {
    expect((await gather("gathered", batch)).outcome).toBe("gathered");
  });
  expect(crashes).toBeGreaterThan(8);
  const { readHead } = await import("../../src/infra/head-store.ts");
  const { readSum, readWaitingPages } = await import("../../src/infra/sum-store.ts");
  expect(await readSum("gathered", 1)).toMatchObject({ state: "sealed", terms, pageCount: 1 });
  const pages = await readWaitingPages((await readHead("gathered"))!);
  const entries = pages.flatMap((page) => page.entries);
  expect(entries.map(({ id }) => id).sort()).toEqual(batch.map(({ gradient }) => gradient.id).sort());
  expect(entries.every(({ isReport, rejection }) => isReport && rejection === null)).toBe(true);
});

test("a sum is void where the helper answered another set of it, where it wrapped, and where too few are registered", async () => {
  const answered = await devicesOf("answered", PEOPLE);
  const lost = await withoutHelper(() => postAll("answered", answered));
  const terms = { ...(await termsOf(answered[0].call, "answered")), sum: 1 };
  const others = await Promise.all(
    answered.map(({ macKey }) => reportOf("answered", terms, { values: valuesOf(5, 1), publicKey, macKey })),
  );
  expect((await askHelper(terms, "answered", others)).status).toBe(200);
  const { commitSums } = await import("../../src/handlers/steps/commit-sums.ts");
  await commitSums("answered");
  const wrapped = await devicesOf("wrapped", PEOPLE);
  const sabotaged = await postAll("wrapped", wrapped, ({ share }) => crypto.getRandomValues(share));
  const strange = await devicesOf("strange", PEOPLE);
  strange[2].macKey = { keyId: randomBytes(16), key: randomBytes(32) };
  const few = await postAll("strange", strange);
  // Five are enough for the helper; the leader's sum says six.
  const short = await devicesOf("short", [...PEOPLE, "fay"], { sumMembersMin: 6 });
  short[1].macKey = { keyId: randomBytes(16), key: randomBytes(32) };
  const five = await postAll("short", short);
  const reasonsOf = async (call: Caller, community: string, reports: readonly Report[]) =>
    Promise.all(reports.map(async ({ id }) => (await settled(call, community, id)).reason));
  expect(await reasonsOf(answered[0].call, "answered", lost)).toEqual(Array(5).fill("lost"));
  expect(await reasonsOf(wrapped[0].call, "wrapped", sabotaged)).toEqual(Array(5).fill("norm"));
  const reasons = await reasonsOf(strange[0].call, "strange", few);
  expect(reasons).toEqual(["too-few", "too-few", "unauthentic", "too-few", "too-few"]);
  const shorter = await reasonsOf(short[0].call, "short", five);
  expect(shorter).toEqual(["too-few", "unauthentic", ...Array(4).fill("too-few")]);
});

test("of sixteen members one who wraps each sum is left out after four failed at most, and the others' go on", async () => {
  const community = "sabotaged";
  const [{ call }] = await devicesOf(community, PEOPLE, { sumMembersMax: 16 });
  const people = Array.from({ length: 16 }, (_, n) => `member-${n}`);
  const macKeys = await Promise.all(people.map((sub) => macKeyFor(helper, community, sub)));
  const saboteur = 11;
  const { gather } = await import("../../src/handlers/steps/gather.ts");
  const { commitSums } = await import("../../src/handlers/steps/commit-sums.ts");
  const { readGradientMessages, reportMessageBody } = await import("../../src/infra/gradient-queue.ts");
  const { fixTerms } = await import("../../src/infra/head-store.ts");
  const { senderOf } = await import("../../src/infra/sender-tags.ts");
  const { readTrial } = await import("../../src/infra/trial-store.ts");
  /** One sum of a report of each; answers what became of them. */
  const sumOfAll = async (): Promise<string[]> => {
    const terms = await termsOf(call, community);
    expect(await fixTerms(community, terms)).toBe(true);
    const bodies: string[] = [];
    const ids: string[] = [];
    for (const [n, macKey] of macKeys.entries()) {
      const report = await reportOf(community, terms, { values: valuesOf(5, n), publicKey, macKey });
      if (n === saboteur) for (const at of report.share.keys()) report.share[at] += 30_000;
      ids.push(report.id);
      const sender = await senderOf(community, people[n]);
      bodies.push(reportMessageBody(community, sender, encodeReport(report))!);
    }
    await gather(
      community,
      readGradientMessages(bodies).map((one) => one!),
    );
    await commitSums(community);
    const statuses = await Promise.all(ids.map((id) => statusOf(call, community, id)));
    return statuses.map(({ status, reason }) => reason ?? status);
  };
  const sums: string[][] = [];
  for (let isOver = false; !isOver && sums.length < 16; ) {
    sums.push(await sumOfAll());
    const { leftOut, suspects } = await readTrial(community);
    isOver = leftOut.length > 0 && suspects.length === 0;
  }
  // In the first all fail together; then some members make a sum while the others are set aside.
  expect(sums[0]).toEqual(Array(16).fill("norm"));
  expect(sums.slice(0, 5).some((sum) => sum.includes("applied"))).toBe(true);
  expect(sums.filter((sum) => sum.includes("norm")).length).toBeLessThanOrEqual(4);
  const last = people.map((_, n) => (n === saboteur ? "set-aside" : "applied"));
  expect(await sumOfAll()).toEqual(last);
});

test("the leader refuses what is no report, of another sum or by the wrong call, and rejects one that comes late", async () => {
  const devices = await devicesOf("orderly", PEOPLE);
  const [{ call, macKey }] = devices;
  const plain = { id: newId(), modelVersion: 0, rows: [3], encoding: "json", values: [[2, 3, 4]] };
  const gradient = await call<Problem>("POST", "/communities/orderly/gradients", { body: plain });
  expect([gradient.status, gradient.body.type]).toEqual([409, "sums-are-secure"]);
  const terms = await termsOf(call, "orderly");
  const of = (change: Partial<SumTerms>, values = valuesOf(5, 2)) =>
    reportOf("orderly", { ...terms, ...change }, { values, publicKey, macKey });
  const post = async (report: Report) => postReport(system.url, await token("ana"), "orderly", report);
  for (const report of [await of({ sum: 2 }), await of({ rowCount: 4 }, valuesOf(4, 2))])
    expect(await post(report)).toMatchObject({ status: 409, body: { type: "sum-closed" } });
  const path = "/communities/orderly/sums/1/reports";
  const bytes = encodeReport(await of({}));
  const nonsense = await postBytes(system.url, await token("ana"), path, bytes.subarray(1));
  expect(nonsense).toMatchObject({ status: 400, body: { type: "invalid-request" } });
  const old = await of({});
  await postAll("orderly", devices);
  const { enqueueGradient, reportMessageBody } = await import("../../src/infra/gradient-queue.ts");
  await enqueueGradient(reportMessageBody("orderly", new Uint8Array(16).fill(7), encodeReport(old))!);
  await system.drain();
  expect(await statusOf(call, "orderly", old.id)).toMatchObject({ status: "rejected", reason: "late" });
  expect((await modelOf(call, "orderly")).modelVersion).toBe(1);
});

test("the helper answers for one set of a sum, of enough registered members, once each", async () => {
  const community = "direct";
  const terms: SumTerms = {
    ...{ sum: 4, epoch: "7.0", rowCount: 5, factors: 2 },
    ...{ sumMembersMin: 5, sumMembersMax: 8, clipFactor: CLIP, clipBias: CLIP },
  };
  const keys = await Promise.all(PEOPLE.map((sub) => macKeyFor(helper, community, sub)));
  const of = (macKey: MacKey, change: Partial<SumTerms> = {}) =>
    reportOf(community, { ...terms, ...change }, { values: valuesOf(5, 3), publicKey, macKey });
  const five = await Promise.all(keys.map((key) => of(key)));
  const again = await of(keys[1]);
  const unknown = await of({ keyId: randomBytes(16), key: randomBytes(32) });
  const forged = await of({ ...keys[4], key: randomBytes(32) });
  const elsewhere = await of(keys[4], { sum: 5 });
  const four = five.slice(0, 4);
  const refusal = async (extra: Report) => {
    const { status, body } = await askHelper(terms, community, [...four, extra]);
    return [status, body.type, body.errors];
  };
  const told = (detail: string) => [409, "too-few-reports", [{ pointer: "#/reports/4", detail }]];
  expect(await refusal(again)).toEqual(told("twice"));
  expect(await refusal(unknown)).toEqual(told("unauthentic"));
  expect(await refusal(forged)).toEqual(told("unauthentic"));
  expect(await refusal(elsewhere)).toEqual(told("unreadable"));
  expect(await askHelper(terms, community, four)).toMatchObject({
    status: 409,
    body: { type: "too-few-reports" },
  });
  const answer = await askHelper(terms, community, [...five, again]);
  expect(answer).toMatchObject({ status: 200, body: { refused: [{ at: 5, verdict: "twice" }] } });
  expect(await askHelper(terms, community, [...five, again])).toEqual(answer);
  expect(await askHelper(terms, community, five)).toMatchObject({ status: 409, body: { type: "sum-taken" } });
  expect((await askHelper(terms, community, five, "another key")).status).toBe(401);
});

test("the helper registers nobody by a token that is meant for the leader", async () => {
  const body = { key: encodeBase64(randomBytes(32)) };
  const path = "/communities/salon/keys/me";
  for (const audience of ["tertulia", "tertulia-helper"]) {
    const call = callerWith(helper.url, await helper.token({ sub: "fay", audience }));
    expect((await call("PUT", path, { body })).status).toBe(audience === "tertulia" ? 401 : 200);
  }
  const call = callerWith(helper.url, await helper.token({ sub: "fay" }));
  expect((await call<Problem>("PUT", path, { body: { key: "AAAA" } })).body.errors?.[0].pointer).toBe(
    "#/key",
  );
});

test("devices with a helper contribute, are told why a report did not count, and make it anew", async () => {
  await found(system, "devices", [], { ...SECURE, clipFactor: 1, clipBias: 5 });
  const deviceOf = (sub: string, storage: MemoryStorage, change: Partial<ClientOptions> = {}) =>
    new TertuliaClient({
      ...{ baseUrl: system.url, community: "devices", storage, getToken: () => token(sub) },
      ...{ helper: { url: helper.url, getToken: () => helper.token({ sub }) }, sleep: async () => {} },
      ...change,
    });
  const storages = PEOPLE.map(() => new MemoryStorage());
  const devices = PEOPLE.map((sub, n) => deviceOf(sub, storages[n]));
  const [ana] = devices;
  const members = await Promise.all(devices.map((device) => device.join()));
  const contributeAll = () => Promise.all(devices.map((device) => device.contribute()));
  for (const [n, device] of devices.entries()) {
    await device.sync();
    const { memberId } = members[(n + 1) % 5] as { memberId: string };
    await device.rate(memberId, 5);
  }
  const alone = deviceOf("eve", storages[4], { helper: { url: DEAD, getToken: () => "" } });
  expect(await alone.contribute()).toEqual({ outcome: "helper-unreachable" });
  for (const device of devices.slice(0, 4)) expect((await device.contribute()).outcome).toBe("sent");
  expect(await ana.contribute()).toEqual({ outcome: "nothing-new", reason: "contributed" });
  // A report that could not be posted is kept, and goes by the same id and bytes when it can be.
  const posted: unknown[] = [];
  const cut = deviceOf("eve", storages[4], {
    fetch: async (input, init) => {
      if (!String(input).endsWith("/reports")) return fetch(input, init);
      posted.push(init?.body);
      throw new TypeError("no network");
    },
  });
  await expect(cut.contribute()).rejects.toMatchObject({ type: "network" });
  const seen = deviceOf("eve", storages[4], {
    fetch: async (input, init) => {
      if (String(input).endsWith("/reports")) posted.push(init?.body);
      return fetch(input, init);
    },
  });
  const { waiting } = await seen.outbox();
  expect(await seen.contribute()).toMatchObject({ outcome: "sent", id: waiting[0].id });
  expect(new Set(posted.map((body) => hexOf(body as Uint8Array))).size).toBe(1);
  await system.drain();
  expect((await ana.sync()).modelVersion).toBe(1);
  // The second sum is void: the helper no longer knows ana's key. She is told so, and registers anew; all
  // report again.
  await callerWith(helper.url, await helper.token({ sub: "ana" }))("DELETE", "/communities/devices/keys/me");
  for (const device of devices) await device.sync();
  await contributeAll();
  await system.drain();
  for (const device of devices) await device.sync();
  const again = await contributeAll();
  const reasons = again.map((one) => (one.outcome === "sent" && "again" in one ? one.again : one.outcome));
  expect(reasons).toEqual(["unauthentic", "too-few", "too-few", "too-few", "too-few"]);
  await system.drain();
  expect(await ana.sync()).toMatchObject({ modelVersion: 3 });
  // Where sums are plain, a device with a helper sends nothing.
  const operator = await caller(system, "operator", "operator");
  await operator("PUT", "/communities/devices", { body: { settings: { sums: "plain" } } });
  expect(await ana.contribute()).toEqual({ outcome: "sums-are-plain" });
});
