/** Texts of the list of communities. */
import { many } from "./many.ts";

export const COMMUNITIES_TEXTS = {
  heading: "Communities",
  none: "You are in no community yet.",
  run: "You run it",
  status: { member: "member", "awaiting-approval": "awaiting approval", banned: "banned" },
  make: "Make a community",
  join: "Join a community",
  name: "Its name",
  nameHint: "1 to 64 letters, digits, '-' or '_'",
  makeButton: "Make it",
  joinButton: "Join or ask to",
  count: (members: number, round: number) => `${many(members, "member", "members")}, round ${round} in draft`,
};
