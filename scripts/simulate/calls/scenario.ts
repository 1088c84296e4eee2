/** What a representative run of a handler is made of: what stands before it, and the event that it gets. */
import { type Delivered, sqsEvent } from "../../../tests/fixtures/events.ts";
import { advanceClock } from "../../../tests/simulation/clock.ts";
import type { SimulatedQueue } from "../../../tests/simulation/queue.ts";
import { SCHEDULED_EVENT } from "../../../tests/simulation/scene.ts";
import { type ApiCall, C, type World } from "./world.ts";

/**
 * What comes to a handler: a call, messages that come back until they are done, or an event. A later tick
 * makes up for an event that failed.
 */
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

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;
export const SCHEDULED = {
  event: { ...SCHEDULED_EVENT, time: "2000-01-01T00:00:00Z" },
};
export const ME = `${C}/members/me`;

/** A scenario of one call, of `caller` unless the call names another user. */
const callBy =
  (caller: Pick<ApiCall, "user" | "isOperator">) =>
  (
    handler: string,
    what: string,
    call: (world: World) => Omit<ApiCall, "user"> & { user?: string },
    rest: Partial<Scenario> = {},
  ): Scenario => ({
    ...{ handler, what, ...rest },
    occasion: (world) => ({ call: { ...caller, ...call(world) } }),
  });

export const member = callBy({ user: "ana" });
export const operator = callBy({ user: "olga", isOperator: true });

export const handleOf = (world: World, name: string) => ({ memberId: world.memberIds.get(name)! });

export function received(queue: SimulatedQueue): Occasion {
  const messages = queue.receive(100);
  return { queue, received: messages, event: sqsEvent(messages) };
}

export async function contributeAll(world: World): Promise<void> {
  for (const user of ["ana", "bo", "cy"]) await world.contribute(user);
}

/** A sum that has its gradients, and is due by now. */
export async function gatherUntilDue(world: World): Promise<void> {
  await contributeAll(world);
  const messages = world.queues.receive(100);
  world.settle(world.queues, messages, await world.free("apply-gradients", sqsEvent(messages)));
  advanceClock(MINUTE_MS);
}

/** A committed sum, and the draft made of it. */
export async function learn(world: World): Promise<void> {
  await contributeAll(world);
  await world.drainQueues();
  await world.free("assign-groups", world.streamEvent());
}

export const host = (world: World) => world.join("ana", { learning: "hosted" });

export async function rate(world: World): Promise<void> {
  await host(world);
  await world.call("submit-rating", world.ratingCall("ana", "bo"));
}

/** Everybody contributes, then `ana` becomes a hosted member who has rated. */
export async function rateAndLearn(world: World): Promise<void> {
  await learn(world);
  await rate(world);
  await world.drainQueues();
  await world.free("assign-groups", world.streamEvent());
}

export async function publish(world: World): Promise<void> {
  await learn(world);
  await world.operate("publish-round", { route: `POST ${C}/rounds` });
}

export async function publishOfSeason(world: World): Promise<void> {
  await planSeason(world);
  await publish(world);
}

/** `ana` and who is grouped with her. */
export const FEEDBACK = {
  route: `PUT ${C}/rounds/{round}/feedback`,
  parameters: { round: "1" },
  body: { met: false },
};

export async function sayMissed(world: World): Promise<void> {
  await publish(world);
  await world.call("put-feedback", { ...FEEDBACK, user: "ana" });
}

export const AVAILABILITY = {
  route: `PUT ${ME}/availability`,
  body: { timeZone: "Europe/Madrid", weekly: [{ day: "monday", from: "18:00", to: "20:00" }] },
};

export const block = (world: World) =>
  world.call("put-block", {
    ...{ route: `PUT ${ME}/blocks/{memberId}`, user: "ana", parameters: handleOf(world, "bo") },
  });

export const leave = (world: World, user: string) =>
  world.call("leave-community", { route: `DELETE ${ME}`, user });

export const ids = new WeakMap<World, string>();
export const idOf = (world: World) => ({ id: ids.get(world)! });

export async function contributeKnown(world: World): Promise<void> {
  ids.set(world, await world.contribute("ana"));
  await world.contribute("bo");
  await world.drainQueues();
}

export async function rateKnown(world: World): Promise<void> {
  await host(world);
  const call = world.ratingCall("ana", "bo");
  ids.set(world, (call.body as { id: string }).id);
  await world.call("submit-rating", call);
  await world.drainQueues();
}

export async function keepAndLearn(world: World): Promise<void> {
  await learn(world);
  await world.tick("sweep-objects");
  await contributeAll(world);
  await world.drainQueues();
}

export async function invite(world: World): Promise<void> {
  const { code } = await world.operate<{ code: string }>("invites", { route: `POST ${C}/invites` });
  ids.set(world, code);
}

export async function closeAndInvite(world: World): Promise<void> {
  await world.operate("put-community", { route: `PUT ${C}`, body: { settings: { join: "invite" } } });
  await invite(world);
}

export async function leaveGarbage(world: World): Promise<void> {
  await block(world);
  await keepAndLearn(world);
  await leave(world, "bo");
  advanceClock(2 * DAY_MS);
  await world.tick("sweep-objects");
  advanceClock(2 * DAY_MS);
}

export const SEASON = { route: `PUT ${C}/season`, body: { rounds: 2 } };
export const CADENCE = { cadence: { every: "day", time: "09:00", timeZone: "UTC" } };
export const planSeason = (world: World) => world.operate("put-season", SEASON);
