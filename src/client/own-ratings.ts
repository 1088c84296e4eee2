/**
 * The ratings of the device's owner: given outright or by conversations, and what follows from
 * them by the synced model.
 */
import { learnUserFactors } from "../domain/learning/learner.ts";
import type { Ratings } from "../domain/learning/weights.ts";
import { RATING_VALUE_MAX } from "../domain/limits.ts";
import { ApiError } from "./api.ts";
import {
  CONVERSATION_RULE,
  type Conversation,
  type ConversationRule,
  conversationStrength,
  conversationsIn,
  type GroupConversation,
} from "./conversation.ts";
import { ratingsOfItems } from "./learning.ts";
import type { LocalModel } from "./local-model.ts";
import { changeRating, type RatingsByItem, readMembership, readRatings } from "./profile.ts";
import type { Storage } from "./storage.ts";
import type { SyncedModel } from "./synced-model.ts";

export class OwnRatings {
  readonly #storage: Storage;
  readonly #model: SyncedModel;
  readonly #rule: ConversationRule;

  constructor(storage: Storage, model: SyncedModel, rule: Partial<ConversationRule> = {}) {
    this.#storage = storage;
    this.#model = model;
    this.#rule = { ...CONVERSATION_RULE, ...rule };
  }

  all(): Promise<RatingsByItem> {
    return readRatings(this.#storage);
  }

  /** Those of the items that `model` has. */
  async ofItemsIn(model: LocalModel): Promise<Ratings> {
    const own = await readMembership(this.#storage);
    return ratingsOfItems(model, await this.all(), own?.row);
  }

  async train(): Promise<{ userFactors: Float32Array; ratedItems: number }> {
    const model = await this.#model.require();
    const ratings = await this.ofItemsIn(model);
    return { userFactors: learnUserFactors(model, ratings), ratedItems: ratings.rows.length };
  }

  async rate(itemId: string, value: number): Promise<void> {
    checkRating(value);
    if (value !== 0) await this.#checkItem(itemId);
    await changeRating(this.#storage, itemId, () => value);
  }

  /** Answers the strength of the conversation. */
  async rateByConversation({ itemId, messages }: Conversation): Promise<number> {
    const strength = conversationStrength(messages, this.#rule);
    const value = strength * this.#rule.ratingMax;
    checkRating(value);
    await changeRating(this.#storage, itemId, (before = value) => (before + value) / 2);
    return strength;
  }

  /** Answers the strengths by memberId. */
  async rateByGroupConversation(conversation: GroupConversation): Promise<Record<string, number>> {
    const own = await readMembership(this.#storage);
    if (!own)
      throw new Error("who the device's owner is in this conversation is known once they have joined");
    const strengths: Record<string, number> = {};
    for (const one of conversationsIn(conversation, own.memberId))
      strengths[one.itemId] = await this.rateByConversation(one);
    return strengths;
  }

  /**
   * Throws where a model that is up to date does not have the item. A hosted member's
   * server judges by itself.
   */
  async #checkItem(itemId: string): Promise<void> {
    const own = await readMembership(this.#storage);
    const known = await this.#model.read();
    if (own?.learning === "hosted" || !known || known.rowOf.has(itemId)) return;
    try {
      if ((await this.#model.sync()).rowOf.has(itemId)) return;
    } catch (error) {
      if (error instanceof ApiError) return; // the next sync tells
      throw error;
    }
    throw new RangeError(`there is no item ${itemId}`);
  }
}

function checkRating(value: number): void {
  if (!Number.isFinite(value) || Math.abs(value) > RATING_VALUE_MAX) {
    throw new RangeError(
      `a rating is a number from -${RATING_VALUE_MAX} to ${RATING_VALUE_MAX}, got ${value}`,
    );
  }
}
