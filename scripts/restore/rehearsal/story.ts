// What is there at the restored time, what comes after it and is lost, and what must hold once it is restored.
import assert from "node:assert/strict";
import { names } from "../../../src/infra/aws.ts";
import { readHead } from "../../../src/infra/head-store.ts";
import { blockKey, blockPrefix } from "../../../src/infra/matrix-block-store.ts";
import { deleteObject, listObjects } from "../../../src/infra/object-store.ts";
import { readVersions } from "../../../src/infra/version-store.ts";
import { newId, until } from "../../../tests/e2e/caller.ts";
import type { LocalSystem } from "../../local/system.ts";
import { scanItems } from "../copy-table.ts";
import { Community, type Model, type Posted, SETTINGS } from "./community.ts";

const PEOPLE = ["ada", "ben", "cleo", "dan", "eve"];

export interface Then {
  community: Community;
  model: Model;
  /** The model of the version that a sweep has kept. */
  kept: Model;
  waiting: Posted;
  applied: Posted[];
}

/** Up to the restored time: joins, a hosted member, blocks, shared factors, gradients, a round, and one gradient that waits. */
export async function liveUntilThen(
  system: LocalSystem,
  name: string,
  sweep: () => Promise<void>,
): Promise<Then> {
  const community = new Community(name, system);
  await community.call("olga", [201], "PUT", "", { settings: SETTINGS });
  for (const person of PEOPLE)
    await community.join(person, { learning: person === "eve" ? "hosted" : "local" });
  const rating = { id: newId(), itemId: community.memberIds.get("ada"), value: 4 };
  await community.call("eve", [202], "POST", "/ratings", rating);
  await community.call("ben", [204], "PUT", `/members/me/blocks/${community.memberIds.get("dan")}`);
  await community.call("cleo", [200], "PUT", "/members/me/user-factors", { values: [0.5, 0.25] });
  await system.drain();
  const { modelVersion } = await community.model();
  await community.post("ben", "cleo", 0, modelVersion); // with the hosted member's it makes a sum
  await until(
    () => community.model(),
    (model) => model.modelVersion > modelVersion,
  );
  const applied = await community.contribute("ada", "dan", 1);
  await community.publish();
  const kept = await community.model();
  await sweep();
  applied.push(...(await community.contribute("ben", "cleo", 2)));
  const model = await community.model();
  await community.call("olga", [201], "POST", "/versions", { name: "pinned" });
  await community.call("olga", [200], "PUT", "", { settings: { pinnedVersion: model.modelVersion } });
  const waiting = await community.post("ada", "ben", 0, model.modelVersion);
  await system.drain();
  assert.equal((await community.status(waiting)).status, "queued");
  return { community, model, kept, waiting, applied };
}

export interface Lost {
  model: Model;
  etag: string;
  applied: Posted[];
}

/** What comes after the restored time, and is lost: a join, a leave, erasures, gradients, a round. */
export async function liveOn({ community, waiting, model: pinned }: Then): Promise<Lost> {
  await community.call("olga", [200], "PUT", "", { settings: { pinnedVersion: null } });
  await community.call("olga", [204], "DELETE", `/versions/${pinned.modelVersion}`);
  await community.join("gus");
  await community.call("dan", [204], "DELETE", "/members/me");
  await community.join("eve", { learning: "local" });
  await community.call("cleo", [204], "DELETE", "/members/me/user-factors");
  const { modelVersion } = await community.model();
  const last = await community.post("ben", "cleo", 0, modelVersion);
  await until(
    () => community.status(waiting),
    ({ status }) => status === "applied",
  );
  const applied = [waiting, last, ...(await community.contribute("ada", "cleo", 1))];
  assert.equal((await community.publish()).round, 2);
  const model = await community.model();
  const { headers } = await community.call("ada", [200], "GET", "/model");
  return { model, etag: headers.get("etag")!, applied };
}

/** Days later sweeps have deleted what only heads of those days named. */
export async function forgetUnkeptBlocks(name: string): Promise<void> {
  const kept = (await readVersions(name)).flatMap(({ manifest }) => [...manifest.values()]);
  const named = new Set(kept.map((stored) => blockKey(name, stored)));
  for (const { key } of await listObjects(blockPrefix(name))) if (!named.has(key)) await deleteObject(key);
}

/** Nobody who had left is back, nor what others had erased. */
export async function checkErased({ community }: Then, lost: Lost): Promise<void> {
  const dan = community.memberIds.get("dan")!;
  const row = community.rows.get("dan")!;
  await community.call("dan", [404], "GET", "");
  const tables = [names.membersTable, names.itemsTable, names.ratingsTable];
  const stored = await Promise.all(tables.map(scanItems));
  const [members, items, ratings] = stored.map((found) =>
    found.filter((item) => item.community.S === community.name),
  );
  assert.equal(members.length, 4, "ada, ben, cleo, eve");
  assert.ok(!members.some((item) => item.userId.S === "dan"));
  assert.ok(!items.some((item) => item.itemId.S === dan));
  assert.equal(ratings.length, 0, "ratings");
  assert.ok(members.every((item) => !item.ratingsKey && !item.userFactors));
  const { body } = await community.call<{ learning: string }>("eve", [200], "PUT", "/members/me", {});
  assert.equal(body.learning, "local");
  const model = await community.model();
  assert.equal(model.items[row].itemId, null);
  assert.ok(model.values[row].every((value) => value === 0));
  assert.ok(lost.model.values[row].every((value) => value === 0));
}

/** The model is one of then, under a version that nobody has seen, and devices of later learn all of it anew. */
export async function checkModel(
  { community, model, kept }: Then,
  lost: Lost,
  isFar: boolean,
): Promise<void> {
  const right = isFar ? kept : model;
  interface Shown {
    settings: { pinnedVersion: number | null };
  }
  const { body } = await community.call<Shown>("ada", [200], "GET", "");
  assert.equal(
    body.settings.pinnedVersion,
    isFar ? null : model.modelVersion,
    "served as then, if its objects are there",
  );
  const now = await community.model();
  const dan = community.rows.get("dan")!;
  assert.deepEqual(
    now.values.filter((_, row) => row !== dan),
    right.values.filter((_, row) => row !== dan),
  );
  assert.ok(now.modelVersion > lost.model.modelVersion, `${now.modelVersion} is no later version`);
  const ada = await community.as("ada");
  const same = await ada("GET", community.path("/model"), { headers: { "if-none-match": lost.etag } });
  assert.equal(same.status, 200);
  assert.notEqual(same.headers.get("etag"), lost.etag);
  const since = `&sinceVersion=${lost.model.modelVersion}&knownRows=${lost.model.rowCount}`;
  const changes = await community.model("ada", since);
  assert.deepEqual(changes.items, now.items, "each row is told, with its item");
  assert.deepEqual(changes.values, now.values);
}

/** No gradient counts twice, whichever is posted again; what waited is lost, what was applied then is told so still. */
export async function checkGradients({ community, waiting, applied }: Then, lost: Lost): Promise<void> {
  const before = await community.model();
  assert.deepEqual(await community.status(waiting).then(({ status, reason }) => [status, reason]), [
    "rejected",
    "lost",
  ]);
  for (const one of applied) assert.equal((await community.status(one)).status, "applied");
  const again = [...applied, ...lost.applied].filter(({ person }) => person !== "dan");
  for (const { person, body } of again) await community.call(person, [202], "POST", "/gradients", body);
  const dead = lost.applied.find(({ person, body }) => person === "ada" && body.id !== waiting.body.id)!;
  const { reason } = await until(
    () => community.status(dead),
    ({ status }) => status === "rejected",
  );
  assert.equal(reason, "stale");
  await community.drain();
  assert.deepEqual((await community.model()).values, before.values);
}

/** Joining, contributing and publishing go on. */
export async function checkGoingOn({ community }: Then, lost: Lost): Promise<void> {
  await community.call("gus", [404], "GET", "");
  const row = await community.join("hal");
  assert.equal(row, lost.model.rowCount - 1, "a row of a lost join is given again");
  await community.join("gus");
  assert.notEqual(await community.join("dan"), lost.model.items.length);
  const { items } = await community.model(
    "ada",
    `&sinceVersion=${lost.model.modelVersion}&knownRows=${lost.model.rowCount}`,
  );
  assert.equal(
    items[row].itemId,
    community.memberIds.get("hal"),
    "a device of then learns whose row it is now",
  );
  const before = await community.model();
  const posted = await community.contribute("ada", "hal", 1);
  const after = await community.model();
  const cells = posted.map(({ body }) => body.rows[0]);
  after.values.forEach((values, at) => {
    const expected = before.values[at].map((value, column) =>
      cells.includes(at) && column === 1 ? value - 1 : value,
    );
    const differences = values.map((value, column) => Math.abs(value - expected[column]));
    assert.ok(Math.max(...differences) < 1e-5, `row ${at} is ${values}, expected ${expected}`);
  });
  assert.equal(after.modelVersion, before.modelVersion + 1);
  const { round, grouped } = await community.publish();
  assert.equal(round, 2, "the number of the lost round is given again");
  const present = ["ada", "ben", "cleo", "eve", "hal", "gus", "dan"].map(
    (person) => community.memberIds.get(person)!,
  );
  assert.deepEqual(grouped, present.sort());
  const head = (await readHead(community.name))!;
  assert.equal(head.memberCount, 7);
}
