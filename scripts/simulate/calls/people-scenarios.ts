/** Runs of the handlers about people: joins, leaves, roster, operators, invitations, blocks, factors. */
import {
  AVAILABILITY,
  block,
  closeAndInvite,
  handleOf,
  ids,
  invite,
  leave,
  ME,
  member,
  operator,
  publish,
  rateAndLearn,
  type Scenario,
  sayMissed,
} from "./scenario.ts";
import { C } from "./world.ts";

export const PEOPLE_SCENARIOS: readonly Scenario[] = [
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
    (world) => ({ route: `PUT ${ME}`, user: "eve", body: { invite: ids.get(world) } }),
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
    route: `PUT ${C}/members/{memberId}`,
    parameters: handleOf(world, "bo"),
    body: { status: "banned" },
  })),
  operator("members", "tags", (world) => ({
    route: `PUT ${C}/members/{memberId}`,
    parameters: handleOf(world, "bo"),
    body: { tags: { a: "b" } },
  })),
  operator(
    "members",
    "a removal",
    (world) => ({ route: `DELETE ${C}/members/{memberId}`, parameters: handleOf(world, "ana") }),
    { prepare: rateAndLearn },
  ),
  operator("operators", "a name", () => ({
    route: `PUT ${C}/operators/{userId}`,
    parameters: { userId: "otto" },
  })),
  operator("operators", "the list", () => ({ route: `GET ${C}/operators` })),
  operator(
    "operators",
    "a name less",
    () => ({ route: `DELETE ${C}/operators/{userId}`, parameters: { userId: "otto" } }),
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
    (world) => ({ route: `DELETE ${C}/invites/{code}`, parameters: { code: ids.get(world)! } }),
    { prepare: invite },
  ),
  operator(
    "members",
    "another identity",
    (world) => ({
      route: `PUT ${C}/members/{memberId}`,
      parameters: handleOf(world, "ana"),
      body: { userId: "ana-new" },
    }),
    { prepare: rateAndLearn },
  ),
  member("leave-community", "a leave after an answer", () => ({ route: `DELETE ${ME}` }), {
    prepare: sayMissed,
  }),
  member("get-member", "meetings", () => ({ route: `GET ${ME}/meetings` }), { prepare: sayMissed }),
  member("export-member", "all of it", () => ({ route: `GET ${ME}/export` }), { prepare: sayMissed }),
  member("availability", "hours", () => AVAILABILITY),
  member("availability", "hours taken back", () => ({ route: `DELETE ${ME}/availability` }), {
    prepare: (world) => world.call("availability", { ...AVAILABILITY, user: "ana" }),
  }),
  member("put-block", "a block", (world) => ({
    route: `PUT ${ME}/blocks/{memberId}`,
    parameters: handleOf(world, "bo"),
  })),
  member(
    "delete-block",
    "a block taken back",
    (world) => ({ route: `DELETE ${ME}/blocks/{memberId}`, parameters: handleOf(world, "bo") }),
    { prepare: block },
  ),
  member("put-user-factors", "shared factors", () => ({
    route: `PUT ${ME}/user-factors`,
    body: { values: [1, 2] },
  })),
  member("delete-user-factors", "shared factors taken back", () => ({ route: `DELETE ${ME}/user-factors` }), {
    prepare: (world) =>
      world.call("put-user-factors", {
        ...{ route: `PUT ${ME}/user-factors`, user: "ana", body: { values: [1, 2] } },
      }),
  }),
];
