/**
 * What a device alone can see of a conversation, as one implicit strength in [0, 1]. It needs no text: only who wrote when and
 * how much. The rule is a weighted mean of five signs, each in [0, 1]:
 *
 *   depth       how much both took part: messages of the one who wrote less, on a log scale up to `deepMessages`
 *   balance     how evenly they wrote: characters of the one who wrote less over those of the other
 *   pace        how soon the member answered: 1 / (1 + median reply delay / `replyHalfLifeMs`)
 *   initiative  1 where the member began, 1/2 where the other did
 *   ending      1 where the member had the last word, 0 where the other is left without an answer
 *
 * A conversation in which one of them wrote nothing has strength 0.
 */

export interface Message {
  /** Whether the device's owner wrote it. */
  isMine: boolean;
  /** Milliseconds since 1970. */
  sentAtMs: number;
  /** Length of the text, in characters. */
  characters: number;
}

export interface Conversation {
  /** The item that the other person is. */
  itemId: string;
  /** In any order. */
  messages: readonly Message[];
}

/** One message of a conversation of several. */
export interface GroupMessage extends Omit<Message, "isMine"> {
  /** The memberId of who wrote it. */
  from: string;
}

export interface GroupConversation {
  /** By memberId; the device's owner may be among them. */
  participants: readonly string[];
  /** In any order. */
  messages: readonly GroupMessage[];
}

/** A conversation of several as the owner had it with each of the others: what the two of them wrote. */
export function conversationsIn(
  { participants, messages }: GroupConversation,
  ownId: string,
): Conversation[] {
  const others = new Set(participants.filter((memberId) => memberId !== ownId));
  return [...others].map((itemId) => ({
    itemId,
    messages: messages
      .filter(({ from }) => from === ownId || from === itemId)
      .map(({ from, sentAtMs, characters }) => ({ isMine: from === ownId, sentAtMs, characters })),
  }));
}

export interface ConversationRule {
  weights: { depth: number; balance: number; pace: number; initiative: number; ending: number };
  deepMessages: number;
  replyHalfLifeMs: number;
  /** The rating that a strength of 1 becomes. */
  ratingMax: number;
}

export const CONVERSATION_RULE: ConversationRule = {
  weights: { depth: 4, balance: 2, pace: 2, initiative: 1, ending: 1 },
  deepMessages: 20,
  replyHalfLifeMs: 3_600_000,
  ratingMax: 5,
};

export function conversationStrength(
  messages: readonly Message[],
  rule: ConversationRule = CONVERSATION_RULE,
): number {
  const ordered = messages.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
  const mine = ordered.filter((message) => message.isMine);
  const theirs = ordered.filter((message) => !message.isMine);
  if (mine.length === 0 || theirs.length === 0) return 0;
  const fewest = Math.min(mine.length, theirs.length);
  const signs = {
    depth: Math.min(1, Math.log2(1 + fewest) / Math.log2(1 + rule.deepMessages)),
    balance: balanceOf(charactersOf(mine), charactersOf(theirs)),
    pace: paceOf(replyDelaysMs(ordered), rule.replyHalfLifeMs),
    initiative: ordered[0].isMine ? 1 : 0.5,
    ending: ordered[ordered.length - 1].isMine ? 1 : 0,
  };
  let total = 0;
  let weight = 0;
  for (const sign of Object.keys(signs) as (keyof typeof signs)[]) {
    total += rule.weights[sign] * signs[sign];
    weight += rule.weights[sign];
  }
  return total / weight;
}

function charactersOf(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + message.characters, 0);
}

function balanceOf(mine: number, theirs: number): number {
  return mine + theirs === 0 ? 0 : Math.min(mine, theirs) / Math.max(mine, theirs);
}

/** From each message of the other that the member answered to that answer. */
function replyDelaysMs(ordered: readonly Message[]): number[] {
  const delays: number[] = [];
  for (let n = 1; n < ordered.length; n++) {
    if (ordered[n].isMine && !ordered[n - 1].isMine)
      delays.push(ordered[n].sentAtMs - ordered[n - 1].sentAtMs);
  }
  return delays;
}

function paceOf(delaysMs: number[], halfLifeMs: number): number {
  if (delaysMs.length === 0) return 0;
  const median = delaysMs.sort((a, b) => a - b)[Math.floor(delaysMs.length / 2)];
  return 1 / (1 + median / halfLifeMs);
}
