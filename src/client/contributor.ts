/**
 * Gradients on their way from the device to the server: one a version of the model, kept under its id until
 * the server has it, and counted there once.
 */
import { epsilonOf, privacyLossOf, privacyLossPerUpload } from "../domain/learning/privacy.ts";
import type { Ratings } from "../domain/learning/weights.ts";
import { GRADIENT_AGE_MAX_MS } from "../domain/limits.ts";
import { createUuidV7, timeOfUuidV7 } from "../domain/messages/uuid-v7.ts";
import { ApiError, type CommunityApi } from "./api.ts";
import { makeGradient, makePrivateGradient } from "./learning.ts";
import type { LocalModel } from "./local-model.ts";
import type { PrivacyOptions } from "./options.ts";
import {
  type GradientBody,
  type PrivacyLoss,
  putGradient,
  readContributions,
  restampGradient,
  takeGradient,
} from "./outbox.ts";
import type { Storage } from "./storage.ts";

const DELTA = 1e-5;
/** A gradient that waited longer than this might be too old on arrival. */
const WAIT_MAX_MS = GRADIENT_AGE_MAX_MS - 3_600_000;

/** What came of a contribution of a device that learns by itself. */
export type GradientOutcome =
  | { outcome: "sent"; id: string; modelVersion: number }
  /**
   * `contributed`: to this version of the model already, and the next comes with a sync. `no-ratings`: of
   * any item of the model.
   */
  | { outcome: "nothing-new"; reason: "sync-first" | "contributed" | "no-ratings" }
  | { outcome: "budget-spent" };

export interface ContributorOptions {
  api: CommunityApi;
  storage: Storage;
  random: () => number;
  rowsPerGradient?: number;
  privacy?: PrivacyOptions;
}

export class Contributor {
  readonly #options: ContributorOptions;
  readonly #loss: PrivacyLoss;

  constructor(options: ContributorOptions) {
    if (options.privacy && options.rowsPerGradient !== undefined) {
      throw new RangeError("privacy needs every row: the choice of rows would tell what the noise hides");
    }
    const { epsilonMax = Number.POSITIVE_INFINITY, delta = DELTA } = options.privacy ?? {};
    const rho = options.privacy ? privacyLossPerUpload(options.privacy) : 0;
    this.#loss = { rho, rhoMax: privacyLossOf(epsilonMax, delta) };
    this.#options = options;
  }

  /**
   * Sends the gradient that waits, or the next. `learnt` answers the model and the ratings of its
   * items, null without a model.
   */
  async contribute(
    learnt: () => Promise<{ model: LocalModel; ratings: Ratings } | null>,
  ): Promise<GradientOutcome> {
    let waiting = await this.#waiting();
    if (!waiting) {
      const { rho } = await readContributions(this.#options.storage);
      if (rho + this.#loss.rho > this.#loss.rhoMax) return { outcome: "budget-spent" };
      const next = await learnt();
      if (!next) return { outcome: "nothing-new", reason: "sync-first" };
      const gradient = this.#make(next.model, next.ratings);
      if (!gradient) return { outcome: "nothing-new", reason: "no-ratings" };
      waiting = await putGradient(this.#options.storage, gradient, this.#loss);
    }
    if (!waiting) return { outcome: "nothing-new", reason: "contributed" };
    const { id, modelVersion } = await this.#send(waiting);
    await takeGradient(this.#options.storage, id);
    return { outcome: "sent", id, modelVersion };
  }

  /** The epsilon, at delta, of all noised gradients that were made on this device; null without `privacy`. */
  async privacySpent(): Promise<{ epsilon: number; delta: number } | null> {
    const { privacy, storage } = this.#options;
    if (!privacy) return null;
    const { delta = DELTA } = privacy;
    const { rho } = await readContributions(storage);
    return { epsilon: epsilonOf(rho, delta), delta };
  }

  /**
   * The gradient that waits; one that would be too old on arrival no longer does. The device's own
   * clock is no judge of that.
   */
  async #waiting(): Promise<GradientBody | null> {
    const { api, storage } = this.#options;
    const { waiting } = await readContributions(storage);
    const nowMs = api.serverTimeMs();
    if (!waiting || nowMs === null || nowMs - timeOfUuidV7(waiting.id) <= WAIT_MAX_MS) return waiting;
    await takeGradient(storage, waiting.id);
    return null;
  }

  #make(model: LocalModel, ratings: Ratings): GradientBody | null {
    const { random, privacy, rowsPerGradient = Number.POSITIVE_INFINITY } = this.#options;
    const id = this.#newId();
    return privacy
      ? makePrivateGradient(model, ratings, id, random, privacy)
      : makeGradient(model, ratings, id, random, rowsPerGradient);
  }

  /**
   * Sends a gradient, and answers it as the server took it: under another id where the
   * device's clock had been ahead.
   */
  async #send(gradient: GradientBody): Promise<GradientBody> {
    const { api, storage } = this.#options;
    try {
      await api.call("POST", "/gradients", gradient);
      return gradient;
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 409, 413, 415].includes(error.status)) throw error;
      const nowMs = api.serverTimeMs();
      const isIdRefused = error.errors.some(({ pointer }) => pointer === "#/id");
      if (isIdRefused && nowMs !== null && timeOfUuidV7(gradient.id) > nowMs) {
        const restamped = await restampGradient(storage, gradient.id, this.#newId());
        if (restamped) return this.#send(restamped);
      }
      // The server will never take this one, so it must not stand in the way of the next.
      await takeGradient(storage, gradient.id);
      throw error;
    }
  }

  #newId(): string {
    const { api, random } = this.#options;
    return createUuidV7(api.nowMs(), random);
  }
}
