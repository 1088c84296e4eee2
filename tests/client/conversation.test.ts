import { expect, test } from "@jest/globals";
import { CONVERSATION_RULE, conversationStrength, type Message } from "../../src/client/conversation.ts";

const MINUTE_MS = 60_000;

/** Alternating messages of 50 characters, one every `gapMs`. */
function dialogue(count: number, { begins = true, gapMs = MINUTE_MS } = {}): Message[] {
  return Array.from({ length: count }, (_, n) => ({
    isMine: (n % 2 === 0) === begins,
    sentAtMs: n * gapMs,
    characters: 50,
  }));
}

test("a conversation that only one side held has no strength", () => {
  const mine = dialogue(8).filter((message) => message.isMine);
  expect(conversationStrength(mine)).toBe(0);
  expect(conversationStrength([])).toBe(0);
});

test("longer, prompter and more even conversations are stronger", () => {
  const strength = conversationStrength(dialogue(11));
  expect(conversationStrength(dialogue(31))).toBeGreaterThan(strength);
  expect(conversationStrength(dialogue(11, { gapMs: 600 * MINUTE_MS }))).toBeLessThan(strength);
  const terse = dialogue(11).map((message) => (message.isMine ? { ...message, characters: 5 } : message));
  expect(conversationStrength(terse)).toBeLessThan(strength);
});

test("who began and whom it left without an answer count", () => {
  const begun = conversationStrength(dialogue(11));
  expect(conversationStrength(dialogue(11, { begins: false }))).toBeLessThan(begun);
});

test("the order in which messages are given does not matter, and a full dialogue comes near 1", () => {
  const messages = dialogue(41, { gapMs: 1000 });
  expect(conversationStrength(messages.toReversed())).toBe(conversationStrength(messages));
  expect(conversationStrength(messages)).toBeGreaterThan(0.98);
});

test("weights of one's own change the rule", () => {
  const weights = { depth: 0, balance: 0, pace: 0, initiative: 1, ending: 0 };
  const rule = { ...CONVERSATION_RULE, weights };
  expect(conversationStrength(dialogue(4, { begins: false }), rule)).toBe(0.5);
});
