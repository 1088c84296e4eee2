/** A representative run of every handler: what stands before it, and the event that it gets. */
import { type Delivered, sqsEvent } from "../../../tests/fixtures/events.ts";
import { advanceClock } from "../../../tests/simulation/clock.ts";
import type { SimulatedQueue } from "../../../tests/simulation/queue.ts";
import { type ApiCall, C, SETTINGS, type World } from "./world.ts";

/** What comes to a handler: a call, messages that come back until they are done, or an event that a later tick makes good. */
export type Occasion =
  | { call: ApiCall }
  | { queue: SimulatedQueue; received: Delivered[]; event: object }
  | { event: object };

export interface Scenario {
  handler: string;
  what: string;
  settings?: object;
  /** Nothing is there before. */
  isFirst?: boolean;
  /** Each call makes one more, by contract. */
  isRepeated?: boolean;
  /** What a caller is told whose first call was done and not answered. */
  answerAgain?: number;
  prepare?: (world: World) => Promise<unknown>;
  occasion: (world: World) => Occasion | Promise<Occasion>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SCHEDULED = { event: { "detail-type": "Scheduled Event", detail: "{}", time: "2000-01-01T00:00:00Z" } };
const ME = `${C}/members/me`;

type Of = Omit<ApiCall, "user">;

const member = (handler: string, what: string, call: (world: World) => Of, rest: Partial<Scenario> = {}) => ({
  ...{ handler, what, ...rest },
  occasion: (world: World) => ({ call: { user: "ana", ...call(world) } }),
});

const operator = (
  handler: string,
  what: string,
  call: (world: World) => Of,
  rest: Partial<Scenario> = {},
) => ({
  ...{ handler, what, ...rest },
  occasion: (world: World) => ({ call: { user: "olga", isOperator: true, ...call(world) } }),
});

const handleOf = (world: World, name: string) => ({ memberId: world.memberIds.get(name)! });

function received(queue: SimulatedQueue): Occasion {
  const messages = queue.receive(100);
  return { queue, received: messages, event: sqsEvent(messages) };
}

async function contributeAll(world: World): Promise<void> {
  for (const user of ["ana", "bo", "cy"]) await world.contribute(user);
}

/** A committed sum, and the draft made of it. */
async function learn(world: World): Promise<void> {
  await contributeAll(world);
  await world.drainQueues();
  await world.free("assign-groups", world.streamEvent());
}

const host = (world: World) => world.join("ana", { learning: "hosted" });

async function rate(world: World): Promise<void> {
  await host(world);
  await world.call("submit-rating", world.ratingCall("ana", "bo"));
}

async function rateAndLearn(world: World): Promise<void> {
  await rate(world);
  await world.drainQueues();
  await learn(world);
}

async function publish(world: World): Promise<void> {
  await learn(world);
  await world.operate("publish-round", { route: `POST ${C}/rounds` });
}

const block = (world: World) =>
  world.call("put-block", {
    ...{ route: `PUT ${ME}/blocks/{memberId}`, user: "ana", parameters: handleOf(world, "bo") },
  });

const leave = (world: World, user: string) => world.call("leave-community", { route: `DELETE ${ME}`, user });

const ids = new WeakMap<World, string>();
const idOf = (world: World) => ({ id: ids.get(world)! });

async function contributeKnown(world: World): Promise<void> {
  ids.set(world, await world.contribute("ana"));
  await world.contribute("bo");
  await world.drainQueues();
}

async function rateKnown(world: World): Promise<void> {
  await host(world);
  const call = world.ratingCall("ana", "bo");
  ids.set(world, (call.body as { id: string }).id);
  await world.call("submit-rating", call);
  await world.drainQueues();
}

async function keepAndLearn(world: World): Promise<void> {
  await learn(world);
  await world.tick("sweep-objects");
  await contributeAll(world);
  await world.drainQueues();
}

async function invite(world: World): Promise<void> {
  const { code } = await world.operate<{ code: string }>("invites", { route: `POST ${C}/invites` });
  ids.set(world, code);
}

async function closeAndInvite(world: World): Promise<void> {
  await world.operate("put-community", { route: `PUT ${C}`, body: { settings: { join: "invite" } } });
  await invite(world);
}

async function leaveGarbage(world: World): Promise<void> {
  await block(world);
  await keepAndLearn(world);
  await leave(world, "bo");
  advanceClock(2 * DAY_MS);
  await world.tick("sweep-objects");
  advanceClock(2 * DAY_MS);
}

const SEASON = { route: `PUT ${C}/season`, body: { rounds: 2 } };
const CADENCE = { cadence: { every: "day", time: "09:00", timeZone: "UTC" } };
const planSeason = (world: World) => world.operate("put-season", SEASON);

const PEOPLE_SCENARIOS: Scenario[] = [
  member("join-community", "a join", () => ({ route: `PUT ${ME}`, user: "eve", body: {} })),
  member("join-community", "a return", () => ({ route: `PUT ${ME}`, body: {} }), {
    prepare: async (world) => {
      await block(world);
      await leave(world, "ana");
    },
  }),
  member(
    "join-community",
    "a join by invitation",
    (world) => ({
      ...{ route: `PUT ${ME}`, user: "eve", body: { invite: ids.get(world) } },
    }),
    { prepare: closeAndInvite },
  ),
  member("join-community", "a pause", () => ({ route: `PUT ${ME}`, body: { paused: true } })),
  member("join-community", "hosting", () => ({ route: `PUT ${ME}`, body: { learning: "hosted" } })),
  member(
    "join-community",
    "the end of hosting",
    () => ({ route: `PUT ${ME}`, body: { learning: "local" } }),
    {
      prepare: rateAndLearn,
    },
  ),
  member("leave-community", "a leave", () => ({ route: `DELETE ${ME}` }), { prepare: rateAndLearn }),
  member("get-member", "a membership", () => ({ route: `GET ${ME}` })),
  operator("members", "the roster", () => ({ route: `GET ${C}/members` }), { prepare: publish }),
  operator("members", "a ban", (world) => ({
    ...{
      route: `PUT ${C}/members/{memberId}`,
      parameters: handleOf(world, "bo"),
      body: { status: "banned" },
    },
  })),
  operator("members", "tags", (world) => ({
    ...{
      route: `PUT ${C}/members/{memberId}`,
      parameters: handleOf(world, "bo"),
      body: { tags: { a: "b" } },
    },
  })),
  operator(
    "members",
    "a removal",
    (world) => ({
      ...{ route: `DELETE ${C}/members/{memberId}`, parameters: handleOf(world, "ana") },
    }),
    { prepare: rateAndLearn },
  ),
  operator("operators", "a name", () => ({
    ...{ route: `PUT ${C}/operators/{userId}`, parameters: { userId: "otto" } },
  })),
  operator("operators", "the list", () => ({ route: `GET ${C}/operators` })),
  operator(
    "operators",
    "a name less",
    () => ({
      ...{ route: `DELETE ${C}/operators/{userId}`, parameters: { userId: "otto" } },
    }),
    {
      prepare: (world) =>
        world.operate("operators", { route: `PUT ${C}/operators/{userId}`, parameters: { userId: "otto" } }),
    },
  ),
  operator("invites", "an invitation", () => ({ route: `POST ${C}/invites`, body: { usesMax: 2 } }), {
    isRepeated: true,
  }),
  operator("invites", "the list", () => ({ route: `GET ${C}/invites` }), { prepare: invite }),
  operator(
    "invites",
    "one taken back",
    (world) => ({
      ...{ route: `DELETE ${C}/invites/{code}`, parameters: { code: ids.get(world)! } },
    }),
    { prepare: invite },
  ),
  member("put-block", "a block", (world) => ({
    ...{ route: `PUT ${ME}/blocks/{memberId}`, parameters: handleOf(world, "bo") },
  })),
  member(
    "delete-block",
    "a block taken back",
    (world) => ({
      ...{ route: `DELETE ${ME}/blocks/{memberId}`, parameters: handleOf(world, "bo") },
    }),
    { prepare: block },
  ),
  member("put-user-factors", "shared factors", () => ({
    ...{ route: `PUT ${ME}/user-factors`, body: { values: [1, 2] } },
  })),
  member("delete-user-factors", "shared factors taken back", () => ({ route: `DELETE ${ME}/user-factors` }), {
    prepare: (world) =>
      world.call("put-user-factors", {
        ...{ route: `PUT ${ME}/user-factors`, user: "ana", body: { values: [1, 2] } },
      }),
  }),
];

const COMMUNITY_SCENARIOS: Scenario[] = [
  operator("put-community", "a new community", () => ({ route: `PUT ${C}`, body: { settings: SETTINGS } }), {
    isFirst: true,
  }),
  operator("put-community", "settings", () => ({ route: `PUT ${C}`, body: { settings: CADENCE } })),
  member("get-community", "a community", () => ({ route: `GET ${C}` })),
  member("communities", "one's own", () => ({ route: "GET /me" })),
  operator("delete-community", "a deletion", () => ({ route: `DELETE ${C}` }), {
    prepare: publish,
    answerAgain: 404,
  }),
  {
    ...{ handler: "delete-community", what: "the tick after a deletion" },
    prepare: async (world) => {
      await learn(world);
      await world.operate("delete-community", { route: `DELETE ${C}` });
      advanceClock(2 * MINUTE_MS);
    },
    occasion: () => SCHEDULED,
  },
  operator("put-item", "an item", () => ({
    route: `PUT ${C}/items/{itemId}`,
    parameters: { itemId: "film" },
  })),
  operator("get-history", "the log", () => ({ route: `GET ${C}/history` }), { prepare: learn }),
  operator("list-versions", "kept versions", () => ({ route: `GET ${C}/versions` }), {
    prepare: keepAndLearn,
  }),
  operator(
    "restore-version",
    "a restore while a sum waits",
    () => ({
      ...{ route: `POST ${C}/versions/{version}/restore`, parameters: { version: "1" } },
    }),
    {
      isRepeated: true,
      prepare: async (world) => {
        await keepAndLearn(world);
        await world.contribute("ana");
        await world.drainQueues();
      },
    },
  ),
  { handler: "sweep-objects", what: "a sweep", prepare: leaveGarbage, occasion: () => SCHEDULED },
];

const LEARNING_SCENARIOS: Scenario[] = [
  member("get-model", "the model", () => ({ route: `GET ${C}/model` }), { prepare: learn }),
  {
    ...{ handler: "submit-gradient", what: "a gradient" },
    occasion: (world) => ({ call: world.gradientCall("ana") }),
  },
  member(
    "get-gradient",
    "a status",
    (world) => ({
      ...{ route: `GET ${C}/gradients/{id}`, parameters: idOf(world) },
    }),
    { prepare: contributeKnown },
  ),
  {
    ...{ handler: "submit-rating", what: "a rating", prepare: host },
    occasion: (world) => ({ call: world.ratingCall("ana", "bo") }),
  },
  member(
    "get-rating",
    "a status",
    (world) => ({
      ...{ route: `GET ${C}/ratings/{id}`, parameters: idOf(world) },
    }),
    { prepare: rateKnown },
  ),
  member(
    "get-recommendations",
    "recommendations",
    () => ({
      ...{ route: `GET ${C}/recommendations/me`, query: { exclude: "met,rated" } },
    }),
    { prepare: rateAndLearn },
  ),
  {
    ...{ handler: "apply-gradients", what: "a batch that makes a sum", prepare: contributeAll },
    occasion: ({ queues }) => received(queues),
  },
  {
    ...{ handler: "apply-gradients", what: "a batch that waits", settings: { sumSecondsMin: 5 } },
    prepare: contributeAll,
    occasion: ({ queues }) => received(queues),
  },
  {
    ...{ handler: "commit-sums", what: "a sum that is due", settings: { sumSecondsMin: 5 } },
    prepare: async (world) => {
      await contributeAll(world);
      const messages = world.queues.receive(100);
      world.settle(world.queues, messages, await world.free("apply-gradients", sqsEvent(messages)));
      advanceClock(MINUTE_MS);
    },
    occasion: () => SCHEDULED,
  },
  {
    ...{ handler: "apply-ratings", what: "ratings", prepare: rate },
    occasion: ({ queues }) => received(queues.ratings),
  },
];

const ROUND_SCENARIOS: Scenario[] = [
  {
    ...{ handler: "assign-groups", what: "a draft, by the stream" },
    occasion: (world) => ({ event: world.streamEvent() }),
  },
  {
    ...{ handler: "assign-groups", what: "a draft after a sum, by a signal", settings: { sumSecondsMin: 5 } },
    prepare: async (world) => {
      await contributeAll(world);
      const messages = world.queues.receive(100);
      world.settle(world.queues, messages, await world.free("apply-gradients", sqsEvent(messages)));
      advanceClock(MINUTE_MS);
    },
    occasion: ({ queues }) => ({ event: sqsEvent(queues.signals.splice(0, 1)) }),
  },
  operator(
    "publish-round",
    "a round, with a key",
    () => ({
      ...{ route: `POST ${C}/rounds`, headers: { "idempotency-key": "first" } },
    }),
    { prepare: learn },
  ),
  {
    ...{ handler: "publish-due-rounds", what: "a due round", settings: CADENCE },
    prepare: async (world) => {
      await learn(world);
      advanceClock(2 * DAY_MS);
    },
    occasion: () => SCHEDULED,
  },
  member("get-assignment", "one's group", () => ({ route: `GET ${C}/assignments/me` }), { prepare: publish }),
  operator("list-assignments", "all groups", () => ({ route: `GET ${C}/assignments` }), { prepare: publish }),
  operator(
    "get-round",
    "a round",
    () => ({
      ...{ route: `GET ${C}/rounds/{round}`, parameters: { round: "1" } },
    }),
    { prepare: publish },
  ),
  operator("put-season", "a season", () => SEASON, { prepare: learn }),
  operator("get-season", "a season", () => ({ route: `GET ${C}/season` }), { prepare: planSeason }),
  operator("delete-season", "a season less", () => ({ route: `DELETE ${C}/season` }), {
    prepare: planSeason,
  }),
];

export const SCENARIOS: readonly Scenario[] = [
  ...PEOPLE_SCENARIOS,
  ...COMMUNITY_SCENARIOS,
  ...LEARNING_SCENARIOS,
  ...ROUND_SCENARIOS,
];
