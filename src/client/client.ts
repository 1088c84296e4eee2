/**
 * The client half of Tertulia: a person's device learns that person's taste, ranks others, and contributes gradients. Ratings
 * stay in `storage`; `outbox` shows all that leaves.
 */

import type { Availability } from "../domain/community/hours.ts";
import { learnUserFactors } from "../domain/learning/learner.ts";
import type { Ratings } from "../domain/learning/weights.ts";
import { RATING_VALUE_MAX } from "../domain/limits.ts";
import { ApiError, type ApiOptions, CommunityApi, unreadable } from "./api.ts";
import { Contributor, type GradientOutcome } from "./contributor.ts";
import {
  CONVERSATION_RULE,
  type Conversation,
  type ConversationRule,
  conversationStrength,
  conversationsIn,
  type GroupConversation,
} from "./conversation.ts";
import { askToRecommend, forgetHosting, type HostedOutcome, sendRatings } from "./hosted.ts";
import { fetchItems, type Item } from "./items.ts";
import {
  type Recommendation,
  type RecommendationWish,
  ratingsOfItems,
  recommendLocally,
} from "./learning.ts";
import type { LocalModel } from "./local-model.ts";
import type { ClientOptions } from "./options.ts";
import { type Outbox, type OutboxBounds, readOutbox, recordRequest, summaryOf } from "./outbox.ts";
import {
  addMet,
  changeRating,
  keepMembership,
  type Membership,
  type RatingsByItem,
  readMembership,
  readMet,
  readRatings,
  type Waiting,
} from "./profile.ts";
import { cryptographicUniform } from "./random.ts";
import {
  type Assignment,
  type Feedback,
  fetchExport,
  fetchMeetings,
  type Meeting,
  putAvailability,
  putFeedback,
} from "./rounds.ts";
import type { ReportOutcome, SecureContributor } from "./secure-contributor.ts";
import { forgetSharing, refreshShared, SHARE_NOISE, share, unshare } from "./sharing.ts";
import type { Storage } from "./storage.ts";
import { SyncedModel } from "./synced-model.ts";

/** What came of it: of a gradient, of a report, or of a hosted member's ratings. */
export type Contribution = GradientOutcome | ReportOutcome | HostedOutcome;

export class TertuliaClient {
  readonly #storage: Storage;
  readonly #api: CommunityApi;
  readonly #apiOptions: ApiOptions;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #conversationRule: ConversationRule;
  readonly #outboxBounds: OutboxBounds;
  readonly #model: SyncedModel;
  readonly #contributor: Contributor;
  readonly #options: ClientOptions;
  #loaded: Promise<SecureContributor> | undefined;

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
    this.#options = options;
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
    this.#conversationRule = { ...CONVERSATION_RULE, ...options.conversationRule };
    this.#outboxBounds = options.outbox ?? {};
    this.#apiOptions = {
      url: `${options.baseUrl.replace(/\/$/, "")}/communities/${encodeURIComponent(options.community)}`,
      getToken: options.getToken,
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      clock,
      random,
      sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
      onRequest: (...request) => this.#record(...request),
    };
    this.#api = new CommunityApi(this.#apiOptions);
    this.#model = new SyncedModel(this.#api, storage);
    const { rowsPerGradient, privacy } = options;
    this.#contributor = new Contributor({ api: this.#api, storage, clock, random, rowsPerGradient, privacy });
    if (options.helper && (privacy || rowsPerGradient !== undefined))
      throw new RangeError("reports are of every row, and without noise of the device's");
  }

  /**
   * Joins the community, or asks to where operators approve who joins, or changes how the member takes part. Whoever waits asks
   * again by `membership`. Rejects with an ApiError of type `unknown-community` where there is none, or the invitation is not
   * good, and of type `banned` for whom an operator has banned.
   */
  async join(
    wish: {
      learning?: "local" | "hosted";
      /** What others in a group see; null takes it back. It is kept once the member is in. */
      displayName?: string | null;
      paused?: boolean;
      invite?: string;
    } = {},
  ): Promise<Membership | Waiting> {
    const { body } = await this.#api.call("PUT", "/members/me", wish);
    return this.#keepMembership(body);
  }

  /** What the member is by now: a member, or waiting still. Rejects as `join` does. */
  async membership(): Promise<Membership | Waiting> {
    const { body } = await this.#api.call("GET", "/members/me");
    return this.#keepMembership(body);
  }

  /** Leaves: the server erases what it has of the member, and a helper too. What the device has stays; see `forget`. */
  async leave(): Promise<void> {
    await this.#api.call("DELETE", "/members/me");
    await keepMembership(this.#storage, null);
    await forgetSharing(this.#storage);
    await forgetHosting(this.#storage);
    await (await this.#reporter())?.leave(); // last: without the helper the rest is done, and a second call does this
  }

  /**
   * Brings the model up to date, by the rows that changed since the last time. Answers its version, and the rated
   * items that it does not have: their members have left, or they never were.
   */
  async sync(): Promise<{ modelVersion: number; unknownItems: string[] }> {
    const { modelVersion, rowOf } = await this.#model.sync();
    const unknownItems = Object.keys(await this.ratings()).filter((itemId) => !rowOf.has(itemId));
    return { modelVersion, unknownItems };
  }

  /**
   * Rates an item; a later rating replaces it. Above 0 a liking, below 0 an aversion, 0 takes the rating back. It
   * stays on the device; a hosted member's leaves it with `contribute`. An item that the model does not have is an
   * error. Where that cannot be known now, because there is no model yet or no network, the rating is kept, and the
   * next `sync` tells.
   */
  async rate(itemId: string, value: number): Promise<void> {
    checkRating(value);
    if (value !== 0) await this.#checkItem(itemId);
    await changeRating(this.#storage, itemId, () => value);
  }

  /**
   * Rates somebody by a conversation with them, or each of the others by a conversation of several; no text is
   * needed. The rating becomes the mean of what it was and what this conversation says, so that each one counts half
   * of all before it. Answers the strength, from 0 to 1, of several by memberId.
   */
  rateConversation(conversation: Conversation): Promise<number>;
  rateConversation(conversation: GroupConversation): Promise<Record<string, number>>;
  async rateConversation(
    conversation: Conversation | GroupConversation,
  ): Promise<number | Record<string, number>> {
    if ("itemId" in conversation) return this.#rateByConversation(conversation);
    const own = await readMembership(this.#storage);
    if (!own)
      throw new Error("who the device's owner is in this conversation is known once they have joined");
    const strengths: Record<string, number> = {};
    for (const one of conversationsIn(conversation, own.memberId))
      strengths[one.itemId] = await this.#rateByConversation(one);
    return strengths;
  }

  /** The device's own ratings, by item. */
  ratings(): Promise<RatingsByItem> {
    return readRatings(this.#storage);
  }

  /** Solves the member's user factors from the ratings and the synced model: K+1 values, the rater bias last. */
  async train(): Promise<{ userFactors: Float32Array; ratedItems: number }> {
    const model = await this.#model.require();
    const ratings = await this.#ratingsIn(model);
    return { userFactors: learnUserFactors(model, ratings), ratedItems: ratings.rows.length };
  }

  /** What operators tell of content items, all pages of it. */
  items(): Promise<Item[]> {
    return fetchItems(this.#api);
  }

  /**
   * The items that the member will most probably like, best first: computed on the device, or by the server for a
   * hosted member. A device's model does not say what an item is: to filter content items by kind, tags or age, fetch
   * `items()` and give them along. Kind `member` needs none.
   */
  recommend(wish: RecommendationWish = {}): Promise<Recommendation[]> {
    const { items: _, ...asked } = wish;
    return this.#byLearning({
      hosted: () => askToRecommend(this.#api, asked),
      local: async (own) => {
        const model = await this.#model.require();
        const owner = { ownRow: own?.row, ratings: await this.ratings(), met: await readMet(this.#storage) };
        const exclude = wish.exclude ?? ["rated"];
        return recommendLocally(model, owner, { ...wish, exclude }, this.#nowMs());
      },
    });
  }

  /**
   * Sends what the device has learnt: a gradient against the synced model, one a version; of a hosted member the
   * ratings that the server does not have. Safe to call again at any time, after a crash or from another tab: what is
   * sent waits in storage under its id until the server has it, and the server counts an id once. Shared user factors
   * are brought up to date with it.
   */
  contribute(): Promise<Contribution> {
    return this.#byLearning<Contribution>({
      hosted: async () => {
        const [storage, random, ratings] = [this.#storage, this.#random, await this.ratings()];
        return sendRatings({ api: this.#api, storage, ratings, nowMs: this.#nowMs(), random });
      },
      local: async () => {
        const contribution = await ((await this.#reporter()) ?? this.#contributor).contribute(() =>
          this.#learnt(),
        );
        if (contribution.outcome === "sent")
          await refreshShared(this.#api, this.#storage, async () => (await this.train()).userFactors);
        return contribution;
      },
    });
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
  async assignment(): Promise<Assignment | null> {
    try {
      const { body } = await this.#api.call("GET", "/assignments/me");
      const assignment = body as Assignment;
      if (!Array.isArray(assignment?.members)) throw unreadable("the assignment");
      if (assignment.state === "published") {
        const own = await readMembership(this.#storage);
        const members = assignment.members.map((member) => member.memberId);
        const others = members.filter((memberId) => memberId !== own?.memberId);
        await addMet(this.#storage, others);
      }
      return assignment;
    } catch (error) {
      if (error instanceof ApiError && error.type === "assignment-pending") return null;
      throw error;
    }
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

  /** Where the published group stands as a calendar entry (RFC 5545); it is fetched with the member's token. */
  calendarUrl(): string {
    return this.#api.urlOf("/assignments/me.ics");
  }

  /** All that the server holds about the member. */
  export(): Promise<Record<string, unknown>> {
    return fetchExport(this.#api);
  }

  /** Never in one group with that member again. They are not told. */
  async block(memberId: string): Promise<void> {
    await this.#api.call("PUT", `/members/me/blocks/${encodeURIComponent(memberId)}`);
  }

  /** Whom the member has blocked, by memberId; who has left since is not shown. */
  async blocks(): Promise<string[]> {
    const { body } = await this.#api.call("GET", "/members/me/blocks");
    const { blocks } = (body ?? {}) as { blocks?: { memberId: string }[] };
    if (!blocks) throw unreadable("the blocks");
    return blocks.map(({ memberId }) => memberId);
  }

  /** Takes one's own block back. */
  async unblock(memberId: string): Promise<void> {
    await this.#api.call("DELETE", `/members/me/blocks/${encodeURIComponent(memberId)}`);
  }

  /**
   * Lends the user factors to group matching, with normal noise of `noise` times their spread on each value. The
   * choice holds until `unshare`: each contribution brings them up to date.
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

  /** What makes reports is loaded where there is a helper alone: it is a third of the whole. */
  #reporter(): Promise<SecureContributor> | null {
    const { helper, community } = this.#options;
    if (!helper) return null;
    this.#loaded ??= import("./secure-contributor.ts").then(({ SecureContributor }) => {
      const url = helper.url.replace(/\/$/, "");
      const helperApi = new CommunityApi({ ...this.#apiOptions, url, getToken: helper.getToken });
      const [api, storage, random, nowMs] = [this.#api, this.#storage, this.#random, () => this.#nowMs()];
      return new SecureContributor({ api, helperApi, storage, community, random, nowMs });
    });
    return this.#loaded;
  }

  #nowMs(): number {
    return this.#api.serverTimeMs() ?? this.#clock();
  }

  /**
   * Does it as the member learns. Whoever has changed that on another device is told so by the server, and asked for
   * it anew.
   */
  async #byLearning<Result>(
    work: Record<"hosted" | "local", (own: Membership | null) => Promise<Result>>,
  ): Promise<Result> {
    const own = await readMembership(this.#storage);
    try {
      return await work[own?.learning ?? "local"](own);
    } catch (error) {
      const isChanged = error instanceof ApiError && /^learning-is-/.test(error.type);
      if (!isChanged) throw error;
      const now = await this.membership();
      if (now.status !== "member" || now.learning === own?.learning) throw error;
      return work[now.learning](now);
    }
  }

  /** Throws where a model that is up to date does not have the item. A hosted member's server judges by itself. */
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

  async #rateByConversation({ itemId, messages }: Conversation): Promise<number> {
    const strength = conversationStrength(messages, this.#conversationRule);
    const value = strength * this.#conversationRule.ratingMax;
    checkRating(value);
    await changeRating(this.#storage, itemId, (before = value) => (before + value) / 2);
    return strength;
  }

  async #learnt(): Promise<{ model: LocalModel; ratings: Ratings } | null> {
    const model = await this.#model.read();
    return model ? { model, ratings: await this.#ratingsIn(model) } : null;
  }

  async #keepMembership(body: unknown): Promise<Membership | Waiting> {
    const { status, memberId, row } = (body ?? {}) as Partial<
      Omit<Membership, "status"> & (Membership | Waiting)
    >;
    if (status === "awaiting-approval") return { status };
    if (typeof memberId !== "string" || !Number.isSafeInteger(row)) throw unreadable("the membership");
    const membership = body as Membership;
    await keepMembership(this.#storage, membership);
    if (membership.learning === "local") await forgetHosting(this.#storage); // the server has erased what it was told
    return body as Membership;
  }

  async #ratingsIn(model: LocalModel) {
    const own = await readMembership(this.#storage);
    return ratingsOfItems(model, await readRatings(this.#storage), own?.row);
  }

  async #record(method: string, path: string, body: string | null, bytes: number): Promise<void> {
    const at = new Date(this.#clock()).toISOString();
    const summary = summaryOf(method, path, body);
    const entry = { at, request: `${method} ${path}`, bytes, summary, body };
    await recordRequest(this.#storage, entry, this.#outboxBounds);
  }
}

function checkRating(value: number): void {
  if (!Number.isFinite(value) || Math.abs(value) > RATING_VALUE_MAX) {
    throw new RangeError(
      `a rating is a number from -${RATING_VALUE_MAX} to ${RATING_VALUE_MAX}, got ${value}`,
    );
  }
}
