// What the deployment test does with the deployed system: the life of one community, through its HTTP API alone.
import { openConsole } from "./console-story.ts";
import type { DeployedApi } from "./deployed-api.ts";
import { eventually } from "./deployed-api.ts";
import { openAndClose } from "./doors-story.ts";
import { learnHosted } from "./hosted-story.ts";
import { uploadItems } from "./import-story.ts";
import type { Issuer } from "./issuer.ts";
import { openWebhook } from "./notices-story.ts";
import { bodyOf, checkAppliedOnce, FACTORS, type Model, type OneHot, oneHotGradients } from "./one-hot.ts";
import { callFromAPage } from "./page-story.ts";
import { meetAndTell, readFigures } from "./people-story.ts";
import type { Queues } from "./queues.ts";
import { scheduleRound } from "./scheduled-story.ts";
import type { Steps } from "./steps.ts";

const COMMUNITY = "/communities/deploytest";
const MEMBERS = ["ada", "ben", "cleo", "dan"];
const QUEUE = "GradientsQueue";
const DEAD_LETTERS = "GradientsDeadLetterQueue";
const APPLIED_WITHIN_MS = 60_000;
const DRAFTED_WITHIN_MS = 30_000;
const DEAD_WITHIN_MS = 120_000;
const KEPT_WITHIN_MS = 120_000;

/** Plain gradient descent with step 1: a commit is Y <- Y - sum of the gradients. */
const SETTINGS = {
  factors: FACTORS,
  optimizer: "sgd",
  learningRate: 1,
  regularization: 0,
  aggregation: "sum",
  clipNorm: null,
  sumMembersMin: 1,
  sumSecondsMin: 0,
  gradientsPerSumMax: null,
  groupSize: 2,
  assignmentIntervalSeconds: 0,
};

type Deployed = {
  api: DeployedApi;
  issuer: Issuer;
  queues: Queues;
  steps: Steps;
  /** Those of serverless.yml, and those that have run. */
  functions: string[];
  invoked: () => string[];
};
type Member = { token: string; memberId: string };

export async function tellStory(deployed: Deployed): Promise<void> {
  const { api, issuer, queues, steps, functions, invoked } = deployed;
  const { step } = steps;
  const operator = await issuer.token({ sub: "olga", scope: "operator" });
  const tokens = await Promise.all(MEMBERS.map((sub) => issuer.token({ sub })));

  await step("GET /health and /openapi.json answer without a token", async () => {
    await api.expect(200, "GET", "/health");
    await api.expect(200, "GET", "/openapi.json");
  });
  await step("a page of another origin may call, and read what clients need", () =>
    callFromAPage(api, COMMUNITY),
  );
  await step("no token, a forged, an expired, another audience's: 401 each", () =>
    refuseBadTokens(api, issuer),
  );
  await step("an operator makes a community; a member may not", async () => {
    await api.expect(403, "PUT", COMMUNITY, { token: tokens[0], body: { settings: SETTINGS } });
    await api.expect(201, "PUT", COMMUNITY, { token: operator, body: { settings: SETTINGS } });
  });
  const scheduledRound = await step("an operator makes a community with a cadence, due in a minute", () =>
    scheduleRound(api, operator, tokens.slice(0, 2)),
  );
  const members = await step(`${MEMBERS.length} members join, one of them twice`, () => joinAll(api, tokens));
  const checkModel = await contribute(deployed, members);
  const noticed = await step("an operator makes a webhook, which a test reaches", () =>
    openWebhook(api, operator, COMMUNITY, MEMBERS),
  );
  await meet({ api, steps }, members, operator);
  const order = { community: COMMUNITY, token: tokens[0], operator };
  await step("a member says when they can meet and that they met, and reads what is held", () =>
    meetAndTell(api, order),
  );
  await step("an operator reads figures, and keeps and compares a version", () => readFigures(api, order));
  await step("the console has its files, and an operator a preview", () =>
    openConsole(api, COMMUNITY, operator),
  );
  await step("the published round has reached the webhook, signed", noticed);
  await step("the poison message ends in the dead-letter queue, alone", async () => {
    await eventually("a message in the dead-letter queue", DEAD_WITHIN_MS, async () =>
      (await queues.depth(DEAD_LETTERS)) > 0 ? true : undefined,
    );
    const [waiting, dead] = [await queues.depth(QUEUE), await queues.depth(DEAD_LETTERS)];
    if (waiting !== 0 || dead !== 1) throw new Error(`${waiting} wait, ${dead} dead; expected 0 and 1`);
    await checkModel();
  });
  const imported = await step("an operator uploads a file of items to the bucket", () =>
    uploadItems(api, COMMUNITY, operator),
  );
  await step("a draft that is asked for too soon waits in the assignments queue", () =>
    waitForTheNextDraft(deployed, members, operator),
  );
  await step("a hosted member's rating is applied and leads to recommendations", () =>
    learnHosted(api, COMMUNITY, { token: tokens[tokens.length - 1], operator }),
  );
  await step("members block each other, and an operator tags one", () => blockAndTag(api, members, operator));
  await step("a community with doors: invited, approved, banned, removed, ended", () =>
    openAndClose(api, members, operator),
  );
  await step("a kept version of the model becomes current again", () => restoreKept(api, operator));
  await step("a season is planned without a repeat, told to members, and ended", () =>
    planSeason(api, members[0], operator),
  );
  await step("the other calls answer; who has left is a member no longer", () =>
    callTheRest(api, members[members.length - 1], operator),
  );
  await step("the schedule has published the round that was due", scheduledRound);
  await step("the file of items was imported", imported);
  await step("every function has run", async () => {
    const missing = functions.filter((name) => !invoked().includes(name));
    if (missing.length > 0) throw new Error(`Never invoked: ${missing.join(", ")}`);
  });
}

/** Gradients, each posted three times in all. Returns the check that the model still holds each once. */
async function contribute({ api, queues, steps }: Deployed, members: Member[]): Promise<() => Promise<void>> {
  const { step } = steps;
  const [{ token }] = members;
  const readModel = async () =>
    (await api.expect<Model>(200, "GET", `${COMMUNITY}/model?encoding=json`, { token })).body;
  const before = await step("a member reads the model", readModel);

  const gradients = oneHotGradients(MEMBERS.length);
  // Nobody may move a row of their own.
  const submit = (gradient: OneHot) =>
    api.expect(202, "POST", `${COMMUNITY}/gradients`, {
      token: members[(gradient.row + 1) % members.length].token,
      body: bodyOf(gradient, before.modelVersion),
    });
  await step(
    `${gradients.length} gradients are posted, each twice, and a poison message beside them`,
    async () => {
      await queues.send(QUEUE, "poison");
      for (const gradient of gradients) {
        await submit(gradient);
        await submit(gradient);
      }
    },
  );
  await step("the status of each comes to be `applied`", () => allApplied(api, token, gradients));
  const checkModel = async () => checkAppliedOnce(before, await readModel(), gradients);
  await step("the model holds each exactly once", checkModel);
  await step("posted again after they were applied, they change nothing", async () => {
    for (const gradient of gradients) await submit(gradient);
    await eventually("nothing but the poison message is left", APPLIED_WITHIN_MS, async () => {
      const [waiting, dead] = [await queues.depth(QUEUE), await queues.depth(DEAD_LETTERS)];
      return waiting + dead === 1 ? true : undefined;
    });
    await checkModel();
  });
  return checkModel;
}

/** Within the interval of the last draft, what changes asks for the next by a message that comes when its time has. */
async function waitForTheNextDraft({ api, queues }: Deployed, [member]: Member[], operator: string) {
  const community = await api.expect<{ round: number }>(200, "GET", COMMUNITY, { token: member.token });
  const path = `${COMMUNITY}/rounds/${community.body.round}`;
  const draftedAt = async () =>
    (await api.expect<{ computedAt: string }>(200, "GET", path, { token: operator })).body.computedAt;
  const redrafted = (since: string) =>
    eventually("a newer draft", DRAFTED_WITHIN_MS, async () =>
      (await draftedAt()) === since ? undefined : true,
    );
  const first = await draftedAt();
  const settings = { assignmentIntervalSeconds: 4 };
  await api.expect(200, "PUT", COMMUNITY, { token: operator, body: { settings } });
  await redrafted(first);
  const second = await draftedAt();
  await api.expect(200, "PUT", `${COMMUNITY}/members/me/user-factors`, {
    token: member.token,
    body: { values: Array.from({ length: FACTORS }, () => 0.5) },
  });
  await eventually("a message in SignalsQueue", DRAFTED_WITHIN_MS, async () =>
    (await queues.depth("SignalsQueue")) > 0 ? true : undefined,
  );
  await redrafted(second);
}

/** Blocks are left standing on both sides, so that whoever leaves next takes them along. */
async function blockAndTag(api: DeployedApi, members: Member[], operator: string): Promise<void> {
  const [first, last] = [members[0], members[members.length - 1]];
  for (const [{ token }, { memberId }] of [
    [first, last],
    [last, first],
  ]) {
    const path = `${COMMUNITY}/members/me/blocks/${memberId}`;
    for (const method of ["PUT", "DELETE", "PUT"]) await api.expect(204, method, path, { token });
  }
  const body = { tags: { language: "de" } };
  await api.expect(200, "PUT", `${COMMUNITY}/members/${first.memberId}`, { token: operator, body });
}

/** A sweep has kept a version; it becomes current again. */
async function restoreKept(api: DeployedApi, operator: string): Promise<void> {
  const path = `${COMMUNITY}/versions`;
  const kept = await eventually("a kept version", KEPT_WITHIN_MS, async () => {
    const { body } = await api.expect<{ versions: { version: number }[] }>(200, "GET", path, {
      token: operator,
    });
    return body.versions[0];
  });
  await api.expect(200, "POST", `${path}/${kept.version}/restore`, { token: operator });
}

async function planSeason(api: DeployedApi, { token }: Member, operator: string): Promise<void> {
  const path = `${COMMUNITY}/season`;
  const { body } = await api.expect<{ quality: { repeats: number } }>(200, "PUT", path, {
    token: operator,
    body: { rounds: 1 },
  });
  if (body.quality.repeats !== 0) throw new Error(`${body.quality.repeats} pairs meet twice in one round`);
  await api.expect(200, "GET", path, { token });
  await api.expect(204, "DELETE", path, { token: operator });
}

/**
 * The calls that the story has no other use for; each runs under a role of its own, which has to allow what
 * it does.
 */
async function callTheRest(api: DeployedApi, { token }: Member, operator: string): Promise<void> {
  await api.expect(200, "GET", COMMUNITY, { token });
  await api.expect(200, "GET", `${COMMUNITY}/history`, { token: operator });
  await api.expect(200, "GET", `${COMMUNITY}/assignments`, { token: operator });
  await api.expect(200, "PUT", `${COMMUNITY}/members/me`, { token, body: { paused: true } });
  await api.expect(204, "DELETE", `${COMMUNITY}/members/me/user-factors`, { token });
  await api.expect(200, "GET", `${COMMUNITY}/members/me`, { token });
  await api.expect(204, "DELETE", `${COMMUNITY}/members/me`, { token });
  await api.expect(404, "GET", COMMUNITY, { token });
}

async function refuseBadTokens(api: DeployedApi, issuer: Issuer): Promise<void> {
  const sub = MEMBERS[0];
  const bad = [
    undefined,
    await issuer.forgedToken({ sub }),
    await issuer.token({ sub }, { expiresInSeconds: -60 }),
    await issuer.token({ sub }, { audience: "another" }),
  ];
  for (const token of bad) await api.expect(401, "GET", COMMUNITY, { token });
}

async function joinAll(api: DeployedApi, tokens: readonly string[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const [row, token] of tokens.entries()) {
    const { body } = await api.expect<Member & { row: number }>(201, "PUT", `${COMMUNITY}/members/me`, {
      token,
    });
    if (body.row !== row) throw new Error(`Member ${row} got row ${body.row}`);
    members.push({ token, memberId: body.memberId });
  }
  const again = await api.expect<Member>(200, "PUT", `${COMMUNITY}/members/me`, { token: tokens[0] });
  if (again.body.memberId !== members[0].memberId) throw new Error("Joining twice made another member");
  return members;
}

async function allApplied(api: DeployedApi, token: string, gradients: readonly OneHot[]): Promise<void> {
  for (const { id } of gradients) {
    await eventually(`gradient ${id} applied`, APPLIED_WITHIN_MS, async () => {
      const { body } = await api.expect<{ status: string }>(200, "GET", `${COMMUNITY}/gradients/${id}`, {
        token,
      });
      if (body.status === "rejected") throw new Error(`Rejected: ${JSON.stringify(body)}`);
      return body.status === "applied" ? true : undefined;
    });
  }
}

type Assignment = { round: number; state: string; members: { memberId: string }[] };

/** The stream has made a draft; the operator publishes it. */
async function meet({ api, steps }: Pick<Deployed, "api" | "steps">, members: Member[], operator: string) {
  const read = async ({ token }: Member) =>
    (await api.call<Assignment>("GET", `${COMMUNITY}/assignments/me`, { token })) ?? {};
  const draft = await steps.step("a member reads the draft of its group, made by the stream", () =>
    eventually("an assignment", APPLIED_WITHIN_MS, async () => {
      const { status, body } = await read(members[0]);
      return status === 200 && body.members.length === SETTINGS.groupSize ? body : undefined;
    }),
  );
  await steps.step("the operator publishes the round, once for one Idempotency-Key", async () => {
    const publish = () =>
      api.expect<{ round: number }>([200, 201], "POST", `${COMMUNITY}/rounds`, {
        token: operator,
        headers: { "idempotency-key": "deploytest-1" },
      });
    const [first, second] = [await publish(), await publish()];
    if (first.status !== 201 || first.body.round !== second.body.round || first.body.round !== draft.round)
      throw new Error(`Draft ${draft.round}, published ${first.body.round}, then ${second.body.round}`);
  });
  await steps.step("the round reads `published`", async () => {
    const { body } = await api.expect<{ state: string }>(200, "GET", `${COMMUNITY}/rounds/${draft.round}`, {
      token: operator,
    });
    if (body.state !== "published") throw new Error(`The round is ${body.state}`);
  });
}
