/**
 * The client half of Tertulia: a person's device learns that person's taste, ranks others, and contributes gradients. Ratings
 * stay in `storage`; `outbox` shows all that leaves.
 */

import { learnUserFactors } from "../domain/learning/learner.ts";
import { epsilonOf, privacyLossOf, privacyLossPerUpload } from "../domain/learning/privacy.ts";
import { GRADIENT_AGE_MAX_MS, RATING_VALUE_MAX } from "../domain/limits.ts";
import { createUuidV7, timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import { ApiError, CommunityApi, unreadable } from "./api.ts";
import {
  CONVERSATION_RULE,
  type Conversation,
  type ConversationRule,
  conversationStrength,
} from "./conversation.ts";
import { fetchItems, type Item } from "./items.ts";
import {
  makeGradient,
  makePrivateGradient,
  noised,
  type Recommendation,
  type RecommendationWish,
  ratingsOfItems,
  recommendLocally,
} from "./learning.ts";
import type { LocalModel } from "./local-model.ts";
import type { ClientOptions, PrivacyOptions } from "./options.ts";
import {
  type GradientBody,
  type Outbox,
  type PrivacyLoss,
  putGradient,
  readContributions,
  readOutbox,
  recordRequest,
  restampGradient,
  summaryOf,
  takeGradient,
} from "./outbox.ts";
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
import type { Storage } from "./storage.ts";
import { SyncedModel } from "./synced-model.ts";

export interface Assignment {
  round: number;
  state: string;
  groupId: string;
  members: { memberId: string }[];
  modelVersion: number;
  computedAt: string;
}

/** What came of it: `sent`; the member has contributed to this version of the model already; or has no epsilon left to spend. */
export type Contribution =
  | { outcome: "sent"; id: string; modelVersion: number }
  | { outcome: "nothing-new" | "budget-spent" };

/** Noise that a member's likings would hide in costs more liked groupmates than not sharing: `npm run attack -- --newcomb`. */
export const SHARE_NOISE = 0;
const DELTA = 1e-5;
/** A gradient that waited longer than this might be too old on arrival. */
const WAIT_MAX_MS = GRADIENT_AGE_MAX_MS - 3_600_000;

export class TertuliaClient {
  readonly #storage: Storage;
  readonly #api: CommunityApi;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #rowsPerGradient: number;
  readonly #privacy: PrivacyOptions | undefined;
  readonly #loss: PrivacyLoss;
  readonly #conversationRule: ConversationRule;
  readonly #model: SyncedModel;

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
    if (options.privacy && options.rowsPerGradient !== undefined) {
      throw new RangeError("privacy needs every row: the choice of rows would tell what the noise hides");
    }
    this.#rowsPerGradient = options.rowsPerGradient ?? Number.POSITIVE_INFINITY;
    this.#privacy = options.privacy;
    const { epsilonMax = Number.POSITIVE_INFINITY, delta = DELTA } = options.privacy ?? {};
    const rho = options.privacy ? privacyLossPerUpload(options.privacy) : 0;
    this.#loss = { rho, rhoMax: privacyLossOf(epsilonMax, delta) };
    this.#conversationRule = { ...CONVERSATION_RULE, ...options.conversationRule };
    this.#api = new CommunityApi({
      url: `${options.baseUrl.replace(/\/$/, "")}/communities/${encodeURIComponent(options.community)}`,
      getToken: options.getToken,
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      clock,
      random,
      sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
      onRequest: (method, path, body) => this.#record(method, path, body),
    });
    this.#model = new SyncedModel(this.#api, storage);
  }

  /**
   * Joins the community, or asks to where operators approve who joins, or changes how the member takes part. Whoever waits asks
   * again by `membership`. Rejects with an ApiError of type `unknown-community` where there is none, or the invitation is not
   * good, and of type `banned` for whom an operator has banned.
   */
  async join(
    wish: { learning?: "local" | "hosted"; paused?: boolean; invite?: string } = {},
  ): Promise<Membership | Waiting> {
    const { body } = await this.#api.call("PUT", "/members/me", wish);
    return this.#keepMembership(body);
  }

  /** What the member is by now: a member, or waiting still. Rejects as `join` does. */
  async membership(): Promise<Membership | Waiting> {
    const { body } = await this.#api.call("GET", "/members/me");
    return this.#keepMembership(body);
  }

  /** Leaves: the server erases what it has of the member. What the device has stays; see `forget`. */
  async leave(): Promise<void> {
    await this.#api.call("DELETE", "/members/me");
    await keepMembership(this.#storage, null);
  }

  /** Brings the model up to date, by the rows that changed since the last time. Answers its version. */
  async sync(): Promise<{ modelVersion: number }> {
    const { modelVersion } = await this.#model.sync();
    return { modelVersion };
  }

  /** Rates an item; a later rating replaces it. Above 0 a liking, below 0 an aversion, 0 takes the rating back. */
  async rate(itemId: string, value: number): Promise<void> {
    checkRating(value);
    await changeRating(this.#storage, itemId, () => value);
  }

  /**
   * Rates somebody by a conversation with them; no text is needed. The rating becomes the mean of what it was and what this
   * conversation says, so that each one counts half of all before it. Answers the strength, from 0 to 1.
   */
  async rateConversation(conversation: Conversation): Promise<number> {
    const strength = conversationStrength(conversation.messages, this.#conversationRule);
    const value = strength * this.#conversationRule.ratingMax;
    checkRating(value);
    await changeRating(this.#storage, conversation.itemId, (before = value) => (before + value) / 2);
    return strength;
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
   * The items that the member will most probably like, best first, computed on the device. The model does not say what an item
   * is: to filter content items by kind, tags or age, fetch `items()` and give them along. Kind `member` needs none.
   */
  async recommend(wish: RecommendationWish = {}): Promise<Recommendation[]> {
    const model = await this.#model.require();
    const ownRow = (await readMembership(this.#storage))?.row;
    const owner = { ownRow, ratings: await this.ratings(), met: await readMet(this.#storage) };
    const nowMs = this.#api.serverTimeMs() ?? this.#clock();
    return recommendLocally(model, owner, { ...wish, exclude: wish.exclude ?? ["rated"] }, nowMs);
  }

  /**
   * Sends the member's gradient against the synced model, one a version. Safe to call again at any time, after a crash or from
   * another tab: a gradient waits in storage under its id until the server has it, and the server counts an id once.
   */
  async contribute(): Promise<Contribution> {
    const waiting = (await this.#waiting()) ?? (await this.#putNext());
    if (waiting === "budget-spent") return { outcome: waiting };
    if (!waiting) return { outcome: "nothing-new" };
    const { id, modelVersion } = await this.#send(waiting);
    await takeGradient(this.#storage, id);
    return { outcome: "sent", id, modelVersion };
  }

  /** The epsilon, at delta, of all noised gradients that were made on this device; null without `privacy`. */
  async privacySpent(): Promise<{ epsilon: number; delta: number } | null> {
    if (!this.#privacy) return null;
    const { delta = DELTA } = this.#privacy;
    const { rho } = await readContributions(this.#storage);
    return { epsilon: epsilonOf(rho, delta), delta };
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

  /** Lends the user factors to group matching, with normal noise of `noise` times their spread on each value. */
  async shareUserFactors({ noise = SHARE_NOISE } = {}): Promise<void> {
    const { userFactors } = await this.train();
    await this.#api.call("PUT", "/members/me/user-factors", noised(userFactors, noise, this.#random));
  }

  /** Takes shared user factors back. */
  async unshare(): Promise<void> {
    await this.#api.call("DELETE", "/members/me/user-factors");
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

  /** The gradient that waits; one that would be too old on arrival no longer does. The device's own clock is no judge of that. */
  async #waiting(): Promise<GradientBody | null> {
    const { waiting } = await readContributions(this.#storage);
    const nowMs = this.#api.serverTimeMs();
    if (!waiting || nowMs === null || nowMs - timeOfUuidV7(waiting.id) <= WAIT_MAX_MS) return waiting;
    await takeGradient(this.#storage, waiting.id);
    return null;
  }

  /** Makes the next gradient, if the model has moved and there is epsilon left, and puts it to be sent. */
  async #putNext(): Promise<GradientBody | "budget-spent" | null> {
    const { rho } = await readContributions(this.#storage);
    if (rho + this.#loss.rho > this.#loss.rhoMax) return "budget-spent";
    const gradient = await this.#makeGradient();
    return gradient && putGradient(this.#storage, gradient, this.#loss);
  }

  /** Sends a gradient, and answers it as the server took it: under another id where the device's clock had been ahead. */
  async #send(gradient: GradientBody): Promise<GradientBody> {
    try {
      await this.#api.call("POST", "/gradients", gradient);
      return gradient;
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 413, 415].includes(error.status)) throw error;
      const nowMs = this.#api.serverTimeMs();
      const isIdRefused = error.errors.some(({ pointer }) => pointer === "#/id");
      if (isIdRefused && nowMs !== null && timeOfUuidV7(gradient.id) > nowMs) {
        const restamped = await restampGradient(this.#storage, gradient.id, this.#newId());
        if (restamped) return this.#send(restamped);
      }
      // The server will never take this one, so it must not stand in the way of the next.
      await takeGradient(this.#storage, gradient.id);
      throw error;
    }
  }

  #newId(): string {
    return createUuidV7(this.#api.serverTimeMs() ?? this.#clock(), this.#random);
  }

  async #keepMembership(body: unknown): Promise<Membership | Waiting> {
    const { status, memberId, row } = (body ?? {}) as Partial<
      Omit<Membership, "status"> & (Membership | Waiting)
    >;
    if (status === "awaiting-approval") return { status };
    if (typeof memberId !== "string" || !Number.isSafeInteger(row)) throw unreadable("the membership");
    await keepMembership(this.#storage, body as Membership);
    return body as Membership;
  }

  async #makeGradient(): Promise<GradientBody | null> {
    const model = await this.#model.require();
    const id = this.#newId();
    const ratings = await this.#ratingsIn(model);
    return this.#privacy
      ? makePrivateGradient(model, ratings, id, this.#random, this.#privacy)
      : makeGradient(model, ratings, id, this.#random, this.#rowsPerGradient);
  }

  async #ratingsIn(model: LocalModel) {
    const own = await readMembership(this.#storage);
    return ratingsOfItems(model, await readRatings(this.#storage), own?.row);
  }

  async #record(method: string, path: string, body: string | null): Promise<void> {
    const bytes = body === null ? 0 : new TextEncoder().encode(body).length;
    const at = new Date(this.#clock()).toISOString();
    const summary = summaryOf(method, path, body);
    await recordRequest(this.#storage, { at, request: `${method} ${path}`, bytes, summary, body });
  }
}

function checkRating(value: number): void {
  if (!Number.isFinite(value) || Math.abs(value) > RATING_VALUE_MAX) {
    throw new RangeError(
      `a rating is a number from -${RATING_VALUE_MAX} to ${RATING_VALUE_MAX}, got ${value}`,
    );
  }
}
