/**
 * The client half of Tertulia: a person's device learns that person's taste, ranks others, and contributes gradients. Ratings
 * stay in `storage`; `outbox` shows all that leaves.
 */

import type { Availability } from "../domain/community/hours.ts";
import { type ApiOptions, CommunityApi } from "./api.ts";
import { deleteBlock, fetchBlocks, putBlock } from "./blocks.ts";
import type { Conversation, GroupConversation } from "./conversation.ts";
import { askToRecommend, forgetHosting } from "./hosted.ts";
import { fetchItems, type Item } from "./items.ts";
import { type Recommendation, type RecommendationWish, recommendLocally } from "./learning.ts";
import { type Contribution, MemberContributor } from "./member-contributor.ts";
import { byLearning, fetchMembership, type JoinWish, putMembership } from "./membership.ts";
import type { ClientOptions } from "./options.ts";
import { type Outbox, type OutboxBounds, readOutbox, recordRequest, summaryOf } from "./outbox.ts";
import { OwnRatings } from "./own-ratings.ts";
import { keepMembership, type Membership, type RatingsByItem, readMet, type Waiting } from "./profile.ts";
import { cryptographicUniform } from "./random.ts";
import {
  type Assignment,
  type Feedback,
  fetchAssignment,
  fetchExport,
  fetchMeetings,
  type Meeting,
  putAvailability,
  putFeedback,
} from "./rounds.ts";
import { forgetSharing, SHARE_NOISE, share, unshare } from "./sharing.ts";
import type { Storage } from "./storage.ts";
import { SyncedModel } from "./synced-model.ts";

export type { Contribution } from "./member-contributor.ts";

export class TertuliaClient {
  readonly #storage: Storage;
  readonly #api: CommunityApi;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #outboxBounds: OutboxBounds;
  readonly #model: SyncedModel;
  readonly #ratings: OwnRatings;
  readonly #contributor: MemberContributor;

  /**
   * @example
   * const client = new TertuliaClient({ baseUrl, getToken, community: "book-club", storage: new IndexedDbStorage("ana") });
   * await client.join();
   * await client.sync();
   * await client.rate(someone.memberId, 3);
   * await client.contribute();
   */
  constructor(options: ClientOptions) {
    const { storage, clock = Date.now, random = cryptographicUniform } = options;
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
    this.#outboxBounds = options.outbox ?? {};
    const apiOptions: ApiOptions = {
      url: `${options.baseUrl.replace(/\/$/, "")}/communities/${encodeURIComponent(options.community)}`,
      getToken: options.getToken,
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      clock,
      random,
      sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
      onRequest: (...request) => this.#record(...request),
    };
    const api = new CommunityApi(apiOptions);
    const model = new SyncedModel(api, storage);
    const ratings = new OwnRatings(storage, model, options.conversationRule);
    this.#api = api;
    this.#model = model;
    this.#ratings = ratings;
    this.#contributor = new MemberContributor(options, { api, apiOptions, model, ratings });
  }

  /**
   * Joins the community, or asks to where operators approve who joins, or changes how the member takes part. Whoever waits asks
   * again by `membership`. Rejects with an ApiError of type `unknown-community` where there is none, or the invitation is not
   * good, and of type `banned` for whom an operator has banned.
   */
  join(wish: JoinWish = {}): Promise<Membership | Waiting> {
    return putMembership(this.#api, this.#storage, wish);
  }

  /** What the member is by now: a member, or waiting still. Rejects as `join` does. */
  membership(): Promise<Membership | Waiting> {
    return fetchMembership(this.#api, this.#storage);
  }

  /**
   * Leaves: the server erases what it has of the member, and a helper too. What the device
   * has stays; see `forget`.
   */
  async leave(): Promise<void> {
    await this.#api.call("DELETE", "/members/me");
    await keepMembership(this.#storage, null);
    await forgetSharing(this.#storage);
    await forgetHosting(this.#storage);
    await this.#contributor.leaveHelper(); // last: without the helper the rest is done, and a second call does this
  }

  /**
   * Brings the model up to date, by the rows that changed since the last time. Answers its version, and the
   * rated items that it does not have: their members have left, or they never were.
   */
  async sync(): Promise<{ modelVersion: number; unknownItems: string[] }> {
    const { modelVersion, rowOf } = await this.#model.sync();
    const unknownItems = Object.keys(await this.ratings()).filter((itemId) => !rowOf.has(itemId));
    return { modelVersion, unknownItems };
  }

  /**
   * Rates an item; a later rating replaces it. Above 0 a liking, below 0 an aversion, 0 takes the rating
   * back. It stays on the device; a hosted member's leaves it with `contribute`. An item that the model does
   * not have is an error. Where that cannot be known now, because there is no model yet or no network, the
   * rating is kept, and the next `sync` tells.
   */
  rate(itemId: string, value: number): Promise<void> {
    return this.#ratings.rate(itemId, value);
  }

  /**
   * Rates somebody by a conversation with them, or each of the others by a conversation of several; no text
   * is needed. The rating becomes the mean of what it was and what this conversation says, so that each one
   * counts half of all before it. Answers the strength, from 0 to 1, of several by memberId.
   */
  rateConversation(conversation: Conversation): Promise<number>;
  rateConversation(conversation: GroupConversation): Promise<Record<string, number>>;
  async rateConversation(
    conversation: Conversation | GroupConversation,
  ): Promise<number | Record<string, number>> {
    return "itemId" in conversation
      ? this.#ratings.rateByConversation(conversation)
      : this.#ratings.rateByGroupConversation(conversation);
  }

  /** The device's own ratings, by item. */
  ratings(): Promise<RatingsByItem> {
    return this.#ratings.all();
  }

  /** Solves the member's user factors from the ratings and the synced model: K+1 values, the rater bias last. */
  train(): Promise<{ userFactors: Float32Array; ratedItems: number }> {
    return this.#ratings.train();
  }

  /** What operators tell of content items, all pages of it. */
  items(): Promise<Item[]> {
    return fetchItems(this.#api);
  }

  /**
   * The items that the member will most probably like, best first: computed on the device, or by the server
   * for a hosted member. A device's model does not say what an item is: to filter content items by kind, tags
   * or age, fetch `items()` and give them along. Kind `member` needs none.
   */
  recommend(wish: RecommendationWish = {}): Promise<Recommendation[]> {
    const { items: _, ...asked } = wish;
    return byLearning(this.#api, this.#storage, {
      hosted: () => askToRecommend(this.#api, asked),
      local: async (own) => {
        const model = await this.#model.require();
        const owner = { ownRow: own?.row, ratings: await this.ratings(), met: await readMet(this.#storage) };
        const exclude = wish.exclude ?? ["rated"];
        return recommendLocally(model, owner, { ...wish, exclude }, this.#api.nowMs());
      },
    });
  }

  /**
   * Sends what the device has learnt: a gradient against the synced model, one a version; of a hosted member
   * the ratings that the server does not have. Safe to call again at any time, after a crash or from another
   * tab: what is sent waits in storage under its id until the server has it, and the server counts an id
   * once. Shared user factors are brought up to date with it.
   */
  contribute(): Promise<Contribution> {
    return this.#contributor.contribute();
  }

  /** The epsilon, at delta, of all noised gradients that were made on this device; null without `privacy`. */
  privacySpent(): Promise<{ epsilon: number; delta: number } | null> {
    return this.#contributor.privacySpent();
  }

  /** What became of a contributed gradient. */
  async contribution(id: string): Promise<{ status: "queued" | "applied" | "rejected"; reason?: string }> {
    const { body } = await this.#api.call("GET", `/gradients/${id}`);
    return body as { status: "queued" | "applied" | "rejected"; reason?: string };
  }

  /** The member's group, null before the first is computed. Those of a published group count as met. */
  assignment(): Promise<Assignment | null> {
    return fetchAssignment(this.#api, this.#storage);
  }

  /** Says whether the group of a published round met, and who was missing; a later answer replaces it. */
  feedback(round: number, feedback: Feedback): Promise<void> {
    return putFeedback(this.#api, round, feedback);
  }

  /** Whom the member was grouped with in published rounds, as the server knows it, latest first. */
  meetings(): Promise<Meeting[]> {
    return fetchMeetings(this.#api);
  }

  /** Says when the member can meet, by the clocks of their time zone; null: always. */
  setAvailability(availability: Availability | null): Promise<void> {
    return putAvailability(this.#api, availability);
  }

  /**
   * Where the published group stands as a calendar entry (RFC 5545); it is fetched with the member's token.
   */
  calendarUrl(): string {
    return this.#api.urlOf("/assignments/me.ics");
  }

  /** All that the server holds about the member. */
  export(): Promise<Record<string, unknown>> {
    return fetchExport(this.#api);
  }

  /** Never in one group with that member again. They are not told. */
  block(memberId: string): Promise<void> {
    return putBlock(this.#api, memberId);
  }

  /** Whom the member has blocked, by memberId; who has left since is not shown. */
  blocks(): Promise<string[]> {
    return fetchBlocks(this.#api);
  }

  /** Takes one's own block back. */
  unblock(memberId: string): Promise<void> {
    return deleteBlock(this.#api, memberId);
  }

  /**
   * Lends the user factors to group matching, with normal noise of `noise` times their spread on each value.
   * The choice holds until `unshare`: each contribution brings them up to date.
   */
  async shareUserFactors({ noise = SHARE_NOISE } = {}): Promise<void> {
    const { userFactors } = await this.train();
    await share(this.#api, this.#storage, userFactors, { noise, random: this.#random });
  }

  /** Takes shared user factors back. */
  unshare(): Promise<void> {
    return unshare(this.#api, this.#storage);
  }

  /** Wipes everything the device has of the member: ratings, model, outbox. */
  async forget(): Promise<void> {
    this.#model.drop();
    await this.#storage.clear();
  }

  /** What left the device and what waits to. */
  outbox(): Promise<Outbox> {
    return readOutbox(this.#storage);
  }

  async #record(method: string, path: string, body: string | null, bytes: number): Promise<void> {
    const at = new Date(this.#clock()).toISOString();
    const summary = summaryOf(method, path, body);
    const entry = { at, request: `${method} ${path}`, bytes, summary, body };
    await recordRequest(this.#storage, entry, this.#outboxBounds);
  }
}
