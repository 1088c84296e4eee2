/** The operators' client, against the running system. */
import { expect, test } from "@jest/globals";
import { TertuliaClient } from "../../src/client/client.ts";
import { OperatorClient } from "../../src/client/operator.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import { MINUTE_MS } from "../../src/domain/limits.ts";
import { AT_ONCE, until } from "../e2e/caller.ts";
import { type Document, judgedFetch, operationOf } from "../e2e/contract.ts";
import { startReceiver } from "../e2e/receiver.ts";
import { startSystem, system } from "../e2e/system.ts";
import { ManualClock } from "../local/manual-clock.ts";
import { broken, json } from "./scripted-server.ts";

const clock = new ManualClock(Date.now());
startSystem({ scheduleClock: clock });

const community = "chess";
const called: [string, string][] = [];

function operatorOf(sub: string): OperatorClient {
  const recorded: typeof fetch = (input, init) => {
    called.push([init?.method ?? "GET", new URL(String(input)).pathname]);
    return judgedFetch(input, init);
  };
  const getToken = () => system.token(sub, "operator");
  return new OperatorClient({ baseUrl: system.url, community, getToken, fetch: recorded });
}

async function join(sub: string): Promise<void> {
  const getToken = () => system.token(sub);
  const storage = new MemoryStorage();
  await new TertuliaClient({ baseUrl: system.url, community, getToken, storage, fetch: judgedFetch }).join();
}

async function runPeople(operator: OperatorClient): Promise<void> {
  await operator.addOperator("zoe");
  expect(await operator.operators()).toEqual([{ userId: "zoe" }]);
  await operator.removeOperator("zoe");
  const { code } = await operator.invite({ usesMax: 2 });
  expect(await operator.invites()).toMatchObject([{ code, uses: 0, usesMax: 2 }]);
  await operator.takeBackInvite(code);
  const roster = await operator.members("member");
  expect(roster.map(({ userId }) => userId).sort()).toEqual(["ana", "bo", "cy", "di", "eve"]);
  const eve = roster.find(({ userId }) => userId === "eve")!.memberId!;
  expect(await operator.changeMember(eve, { tags: { language: "de" } })).toMatchObject({ userId: "eve" });
  await operator.removeMember(eve);
  expect(await operator.members()).toHaveLength(4);
}

async function runRounds(operator: OperatorClient): Promise<void> {
  expect((await operator.preview({ diversityPenalty: 0 })).groups).toHaveLength(2);
  const { round } = await operator.publish({ key: "monday", reason: "it is Monday" });
  expect(await operator.publish({ key: "monday" })).toMatchObject({ round });
  expect(await operator.rounds()).toMatchObject([{ round, reason: "it is Monday" }]);
  expect((await operator.round(round, { pairs: true })).pairs).toHaveLength(2);
  expect((await operator.assignments()).groups).toHaveLength(2);
  await operator.withdraw(round);
  expect(await operator.rounds()).toMatchObject([{ state: "withdrawn" }]);
  await operator.planSeason(2);
  expect(await operator.season()).toMatchObject({ rounds: 2, state: "running" });
  await operator.endSeason();
}

async function runImport(operator: OperatorClient): Promise<void> {
  await operator.putItem("vertigo", { kind: "film", title: "Vertigo" });
  const { id } = await operator.startImport({ kind: "items" }, "itemId,kind\nrope,film\n");
  await clock.moveTo(clock.now() + MINUTE_MS); // imports are begun by the minute
  await until(
    () => operator.import(id),
    ({ status }) => status === "finished",
  );
  expect(await operator.imports()).toMatchObject([{ id, accepted: 1 }]);
  expect((await operator.items()).map(({ itemId }) => itemId)).toEqual(["rope", "vertigo"]);
  expect(await operator.item("vertigo")).toMatchObject({ title: "Vertigo" });
  await operator.removeItem("rope");
}

async function runWebhook(operator: OperatorClient): Promise<void> {
  const receiver = await startReceiver();
  const { secret } = await operator.putWebhook("app", { url: `${receiver.url}/`, events: ["member.joined"] });
  expect((await operator.rotateSecret("app")).secret).not.toBe(secret);
  expect(await operator.testWebhook("app")).toMatchObject({ delivered: true });
  expect(await operator.deliveries("app")).toMatchObject([{ event: "test", state: "delivered" }]);
  expect(await operator.webhooks()).toMatchObject([{ name: "app" }]);
  await operator.removeWebhook("app");
  await receiver.stop();
}

async function runModel(operator: OperatorClient): Promise<void> {
  const { version } = await operator.keepVersion("spring");
  expect(await operator.versions()).toMatchObject([{ version, name: "spring" }]);
  expect((await operator.compareVersions(version)).versions).toHaveLength(2);
  expect(await operator.restoreVersion(version)).toEqual({ restored: version, modelVersion: version + 1 });
  await operator.letVersionGo(version);
  expect((await operator.history()).commits).toContainEqual(expect.objectContaining({ restored: version }));
  expect((await operator.stats(2)).weeks).toHaveLength(2);
  expect((await operator.operations()).lastCommit.modelVersion).toBeGreaterThan(version);
}

test("a backend runs a community by the client alone, by every call that operators have", async () => {
  const operator = operatorOf("backend");
  await operator.change({ ...AT_ONCE, factors: 2, groupSize: 2 });
  for (const sub of ["ana", "bo", "cy", "di", "eve"]) await join(sub);
  expect(await operator.communities()).toMatchObject([{ community, memberCount: 5 }]);
  await runPeople(operator);
  await runRounds(operator);
  await runImport(operator);
  await runWebhook(operator);
  await runModel(operator);
  expect(await operator.community()).toMatchObject({ memberCount: 4, itemCount: 5 });
  await operator.erase();

  const document = (await (await fetch(`${system.url}/openapi.json`)).json()) as Document;
  const ids = new Set(called.map(([method, path]) => operationOf(document, method, path)?.operationId));
  const missing = Object.values(document.paths)
    .flatMap((operations) => Object.values(operations))
    .filter(({ description, operationId }) => description === "For: operator." && !ids.has(operationId));
  expect(missing.map(({ operationId }) => operationId)).toEqual([]);
});

test("what would do a thing twice is sent once where no answer came; a round is asked for again under its key", async () => {
  const sent: [string, string, string | null][] = [];
  const answers = [broken, broken, json({ round: 1 })];
  const operator = new OperatorClient({
    baseUrl: "https://example.test",
    community,
    getToken: () => "token",
    sleep: async () => {},
    fetch: async (input, init) => {
      const { method = "GET", headers } = init ?? {};
      sent.push([method, new URL(String(input)).pathname, new Headers(headers).get("idempotency-key")]);
      return answers.shift()!();
    },
  });
  await expect(operator.invite()).rejects.toMatchObject({ type: "network" });
  await operator.publish();
  const key = expect.stringMatching(/^[\w-]{36}$/);
  expect(sent).toEqual([
    ["POST", "/communities/chess/invites", null],
    ["POST", "/communities/chess/rounds", key],
    ["POST", "/communities/chess/rounds", sent[1][2]],
  ]);
});
