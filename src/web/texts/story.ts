/** Texts of the view that shows how it works. */
import { many } from "./many.ts";

export const STORY_TEXTS = {
  lead: "Each person's ratings stay on their own device. What people like is learned from sums of several senders, and becomes groups.",
  devices: (count: number) =>
    `${many(count, "device", "devices")}, each with its owner's ratings behind a lock`,
  deviceOf: (name: string) => `the device of ${name}, its ratings locked`,
  funnel: (needed: number) => `${needed} or more senders, one sum`,
  lastSum: (senders: number) => `the last sum had ${many(senders, "sender", "senders")}`,
  noSum: "no sum yet",
  model: (version: number) => `one shared model, version ${version}`,
  inWords: "The same in words",
  groups: "groups of people who will like each other, and are not always the same",
  rounds: "Move through the rounds. In the last, the draft, drag the penalty and see who moves.",
};
