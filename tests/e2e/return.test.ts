import { expect, test } from "@jest/globals";
import { ROSTER_CHANGES_PER_HOUR_MAX } from "../../src/domain/limits.ts";
import { caller, EXACT, found, type JoinedMember, newId, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Model {
  modelVersion: number;
  rowCount: number;
  items: { itemId?: string | null; row: number }[];
  values: number[][];
}

startSystem();

const mine = (name: string) => `/communities/${name}/members/me`;
const leave = (name: string, { call }: JoinedMember) => call("DELETE", mine(name));
const join = async (name: string, { call }: JoinedMember): Promise<JoinedMember> => {
  const { status, body } = await call<JoinedMember>("PUT", mine(name), { body: {} });
  expect(status).toBe(201);
  return { ...body, call };
};
const block = (name: string, by: JoinedMember, other: JoinedMember) =>
  by.call("PUT", `${mine(name)}/blocks/${other.memberId}`);
const model = async (name: string, { call }: JoinedMember, query = "") =>
  (await call<Model>("GET", `/communities/${name}/model?encoding=json${query}`)).body;

async function areTogether(name: string, a: JoinedMember, b: JoinedMember): Promise<boolean> {
  const { body } = await operator<{ round: number }>("POST", `/communities/${name}/rounds`);
  const path = `/communities/${name}/rounds/${body.round}`;
  const { groups } = (await operator<{ groups: { members: { memberId: string }[] }[] }>("GET", path)).body;
  const groupOf = ({ memberId }: JoinedMember) =>
    groups.findIndex(({ members }) => members.some((one) => one.memberId === memberId));
  expect(groupOf(a)).toBeGreaterThanOrEqual(0);
  return groupOf(a) === groupOf(b);
}

test("who leaves and comes back has the row of before, a new handle, and a row that begins anew", async () => {
  const [ana, bo] = await found(system, "row", ["ana", "bo", "cy"]);
  const before = await model("row", bo);
  const gradient = { id: newId(), modelVersion: 0, rows: [0], encoding: "json", values: [[2, 3, 4]] };
  await bo.call("POST", "/communities/row/gradients", { body: gradient });
  await system.drain();
  expect((await model("row", bo)).values[0]).not.toEqual(before.values[0]);
  await leave("row", ana);
  expect((await model("row", bo)).values[0]).toEqual([0, 0, 0]);
  const back = await join("row", ana);
  expect(back.row).toBe(ana.row);
  expect(back.memberId).not.toBe(ana.memberId);
  const after = await model("row", bo);
  expect(after.values).toEqual(before.values);
  expect(after.items).toEqual([{ itemId: back.memberId, row: 0 }, ...before.items.slice(1)]);
  const counts = (await bo.call<{ memberCount: number; itemCount: number }>("GET", "/communities/row")).body;
  expect(counts).toMatchObject({ memberCount: 3, itemCount: 3 });
});

test("a device that knows the row under its old handle, or as empty, learns the new one from a delta", async () => {
  const [ana, bo] = await found(system, "delta", ["ana", "bo", "cy"]);
  await model("delta", bo);
  await leave("delta", ana);
  const away = (await model("delta", bo)).modelVersion;
  const back = await join("delta", ana);
  const named = [{ itemId: back.memberId, row: 0 }];
  for (const since of [0, away])
    expect((await model("delta", bo, `&sinceVersion=${since}&knownRows=3`)).items).toEqual(named);
  const now = await model("delta", bo);
  const upToDate = await model("delta", bo, `&sinceVersion=${now.modelVersion}&knownRows=3`);
  expect(upToDate.items).toEqual([]);
  const gradient = {
    id: newId(),
    modelVersion: now.modelVersion,
    rows: [0],
    encoding: "json",
    values: [[2, 3, 4]],
  };
  await bo.call("POST", "/communities/delta/gradients", { body: gradient });
  await system.drain();
  const changed = await model("delta", bo, `&sinceVersion=${now.modelVersion}&knownRows=3`);
  expect(changed.items).toEqual([{ row: 0 }]); // whose handle the device has by then
});

test("a block holds in both directions after the blocked, or the blocker, has left and come back", async () => {
  const [ana, bo, cy] = await found(system, "blocks", ["ana", "bo", "cy"], { groupSize: 3 });
  await block("blocks", ana, bo);
  const blocksOf = async ({ call }: JoinedMember) => (await call("GET", `${mine("blocks")}/blocks`)).body;
  expect(await blocksOf(ana)).toEqual({ blocks: [{ memberId: bo.memberId }] });
  expect(await blocksOf(bo)).toEqual({ blocks: [] });
  await leave("blocks", bo);
  const bo2 = await join("blocks", bo);
  expect(await areTogether("blocks", ana, bo2)).toBe(false);
  await leave("blocks", ana);
  const ana2 = await join("blocks", ana);
  expect(await areTogether("blocks", ana2, bo2)).toBe(false);
  expect((await ana2.call("DELETE", `${mine("blocks")}/blocks/${bo2.memberId}`)).status).toBe(204);
  expect(await areTogether("blocks", ana2, bo2)).toBe(true);
  expect(cy.row).toBe(2);
});

test("a loop of leaving and joining burns no row, ends at the limit of changes, and can always leave", async () => {
  const [ana, bo] = await found(system, "loop", ["ana", "bo"]);
  let status = 201;
  let joins = 1;
  for (; status === 201; joins++) {
    expect((await leave("loop", ana)).status).toBe(204);
    const answer = await ana.call<Problem & JoinedMember>("PUT", mine("loop"), { body: {} });
    ({ status } = answer);
    if (status === 201) expect(answer.body.row).toBe(0);
    else {
      expect(answer.body.type).toBe("too-many-changes");
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  }
  expect([status, joins - 1]).toEqual([429, ROSTER_CHANGES_PER_HOUR_MAX]);
  expect((await model("loop", bo)).rowCount).toBe(2);
});

test("pauses and blocks count as changes; a wish that changes nothing does not", async () => {
  const [ana, bo] = await found(system, "toggle", ["ana", "bo"]);
  const pause = (paused: boolean) => ana.call("PUT", mine("toggle"), { body: { paused } });
  const statuses: number[] = [];
  for (let n = 0; n < ROSTER_CHANGES_PER_HOUR_MAX + 2; n++) statuses.push((await pause(n % 2 === 0)).status);
  expect(statuses.indexOf(429)).toBe(ROSTER_CHANGES_PER_HOUR_MAX - 1); // after the join
  expect((await block("toggle", ana, bo)).status).toBe(429);
  expect((await ana.call("PUT", mine("toggle"), { body: {} })).status).toBe(200);
  expect((await leave("toggle", ana)).status).toBe(204);
});

test("a return does not reset the hourly limit of gradients", async () => {
  const [ana, bo] = await found(system, "hour", ["ana", "bo"], { gradientsPerHourMax: 5, factors: 2 });
  const post = async ({ call, row }: JoinedMember) => {
    const body = { id: newId(), modelVersion: 0, rows: [1 - row], encoding: "json", values: [[2, 3, 4]] };
    return (await call("POST", "/communities/hour/gradients", { body })).status;
  };
  for (let n = 0; n < 5; n++) expect(await post(ana)).toBe(202);
  expect(await post(ana)).toBe(429);
  await leave("hour", ana);
  expect(await post(await join("hour", ana))).toBe(429);
  expect(await post(bo)).toBe(202);
});

test("leaving answers 204 as often as it is asked for, to a stranger and about no community too", async () => {
  const [ana] = await found(system, "twice", ["ana", "bo"]);
  const stranger = await caller(system, "stranger");
  for (let time = 0; time < 3; time++) expect((await leave("twice", ana)).status).toBe(204);
  expect((await stranger("DELETE", mine("twice"))).status).toBe(204);
  expect((await stranger("DELETE", mine("no-such-community"))).status).toBe(204);
});

test("a banned member is in no group, stays banned through a leave, and comes back when the ban is lifted", async () => {
  const [ana, bo, cy] = await found(system, "ban", ["ana", "bo", "cy"], { groupSize: 3 });
  const { readMembers } = await import("../../src/infra/member-store.ts");
  const { setMemberBan } = await import("../../src/infra/person-store.ts");
  const { setFormerBan } = await import("../../src/infra/former-store.ts");
  const member = (await readMembers("ban")).find(({ userId }) => userId === "ana")!;
  expect((await setMemberBan("ban", member, true)).outcome).toBe("committed");
  expect(await areTogether("ban", bo, ana)).toBe(false);
  expect(await areTogether("ban", bo, cy)).toBe(true);
  await leave("ban", ana);
  const refused = await ana.call<Problem>("PUT", mine("ban"), { body: {} });
  expect([refused.status, refused.body.type]).toEqual([403, "banned"]);
  expect(await setFormerBan("ban", "_nobody", false, Date.now())).toBe(false);
  expect(await setFormerBan("ban", ana.memberId, false, Date.now())).toBe(true);
  expect(await areTogether("ban", bo, await join("ban", ana))).toBe(true);
});

test("who has left can be banned by the handle of before", async () => {
  const [ana] = await found(system, "gone", ["ana", "bo"]);
  const { setFormerBan } = await import("../../src/infra/former-store.ts");
  await leave("gone", ana);
  expect(await setFormerBan("gone", ana.memberId, true, Date.now())).toBe(true);
  expect((await ana.call("PUT", mine("gone"), { body: {} })).status).toBe(403);
});

test("a restored version brings nothing back that a leave has erased, and leaves no member without a row", async () => {
  const [ana, bo] = await found(system, "restored", ["ana", "bo", "cy"], EXACT);
  const initial = await model("restored", bo);
  const gradient = { id: newId(), modelVersion: 0, rows: [0], encoding: "json", values: [[2, 3, 4]] };
  await bo.call("POST", "/communities/restored/gradients", { body: gradient });
  await system.drain();
  const { readHead } = await import("../../src/infra/head-store.ts");
  const { keepVersion } = await import("../../src/infra/version-store.ts");
  await keepVersion((await readHead("restored"))!, "keptAtMs", Date.now()); // with what others said of ana
  await leave("restored", ana);
  await keepVersion((await readHead("restored"))!, "keptAtMs", Date.now()); // with her row erased
  await join("restored", ana);
  for (const version of [1, 2]) {
    const path = `/communities/restored/versions/${version}/restore`;
    expect((await operator("POST", path)).status).toBe(200);
    expect((await model("restored", bo)).values).toEqual(initial.values);
  }
});
