/**
 * Reports on their way from the device to the two servers. The very bytes of a report are stored before they
 * are sent, so that it is counted once however often it is sent; one that did not count is made anew for the
 * sum that is open then.
 */
import { gradientOf, learnUserFactors } from "../domain/learning/learner.ts";
import type { Ratings } from "../domain/learning/weights.ts";
import { decodeBase64, encodeBase64 } from "../domain/messages/base64.ts";
import { encodeReport } from "../domain/messages/report.ts";
import { createUuidV7 } from "../domain/messages/uuid-v7.ts";
import { makeReport, type ReportParts } from "../domain/secure/make-report.ts";
import { type SumTerms, valueCountOf } from "../domain/secure/terms.ts";
import { ApiError, type CommunityApi, unreadable } from "./api.ts";
import { Helper } from "./helper.ts";
import type { LocalModel } from "./local-model.ts";
import { changeReports, forgetReports, type Reports, readReports, type WaitingReport } from "./outbox.ts";
import { cryptographicBytes } from "./random.ts";
import type { Storage } from "./storage.ts";

/** What came of a contribution of a device that has a helper. */
export type ReportOutcome =
  /** `again`: the report before did not count, and this one takes its place; it says why. */
  | { outcome: "sent"; id: string; modelVersion: number; again?: string }
  | { outcome: "nothing-new"; reason: "sync-first" | "contributed" | "no-ratings" }
  /** The helper has known this device's key for too short a time; from `usableAt` on it takes its reports. */
  | { outcome: "key-too-young"; usableAt: string }
  /** Nothing was sent: without the helper's key nothing can be sealed. */
  | { outcome: "helper-unreachable" }
  /** Nothing was sent: the community's sums are plain, and this device sends no gradient in the open. */
  | { outcome: "sums-are-plain" };

/** Sums that may close one after another while a report is on its way. */
const ATTEMPTS_MAX = 3;
/** Of these there is nothing to make anew: a newer one counts, or a newer model is needed. */
const FINAL_REASONS = ["superseded", "stale"];

export interface SecureContributorOptions {
  api: CommunityApi;
  helperApi: CommunityApi;
  storage: Storage;
  community: string;
  random: () => number;
  nowMs: () => number;
}

type Keys = Pick<ReportParts, "macKey" | "publicKey">;
type Learnt = { model: LocalModel; ratings: Ratings };

export class SecureContributor {
  readonly #options: SecureContributorOptions;
  readonly #helper: Helper;

  constructor(options: SecureContributorOptions) {
    const { helperApi, storage, community, nowMs } = options;
    this.#options = options;
    this.#helper = new Helper(helperApi, storage, community, nowMs);
  }

  /** Sends the report that waits, or the next. */
  async contribute(learnt: () => Promise<Learnt | null>): Promise<ReportOutcome> {
    let again: string | undefined;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      again = (await this.#lastRefusal()) ?? again;
      let { waiting } = await this.#read();
      if (!waiting) {
        const made = await this.#makeNext(learnt);
        if ("outcome" in made) return made;
        waiting = made;
      }
      const { id, modelVersion } = waiting;
      if (await this.#send(waiting))
        return { outcome: "sent", id, modelVersion, ...(again ? { again } : {}) };
      again = "sum-closed";
    }
    throw new ApiError("sum-closed", 409, "sums kept closing while a report was on its way");
  }

  /** Has the helper forget the member. */
  async leave(): Promise<void> {
    await this.#helper.leave();
    await forgetReports(this.#options.storage);
  }

  /** Why the report before did not count; undefined where it did, or may yet. */
  async #lastRefusal(): Promise<string | undefined> {
    const { api } = this.#options;
    const { sent } = await this.#read();
    if (!sent) return undefined;
    const { status, reason = "" } = await statusOf(api, sent.id);
    if (status === "queued") return undefined;
    const isToRepeat = status === "rejected" && !FINAL_REASONS.includes(reason);
    await this.#change((before) => {
      const isNewest = before.lastModelVersion === sent.modelVersion;
      const lastModelVersion = isToRepeat && isNewest ? null : before.lastModelVersion;
      return before.sent?.id === sent.id ? { ...before, sent: null, lastModelVersion } : before;
    });
    if (["unreadable", "unauthentic"].includes(reason)) await this.#helper.renew();
    return isToRepeat ? reason : undefined;
  }

  /** Stores the next report, and answers it, or why there is none. */
  async #makeNext(learnt: () => Promise<Learnt | null>): Promise<WaitingReport | ReportOutcome> {
    const { api } = this.#options;
    const next = await learnt();
    if (!next) return { outcome: "nothing-new", reason: "sync-first" };
    const { model, ratings } = next;
    const { lastModelVersion } = await this.#read();
    if (model.modelVersion <= (lastModelVersion ?? -1))
      return { outcome: "nothing-new", reason: "contributed" };
    if (ratings.rows.length === 0) return { outcome: "nothing-new", reason: "no-ratings" };
    const terms = readTerms((await api.call("GET", "")).body);
    if (!terms) return { outcome: "sums-are-plain" };
    const isKnown = terms.factors === model.rule.factors && terms.rowCount <= model.itemIds.length;
    if (!isKnown) return { outcome: "nothing-new", reason: "sync-first" };
    const keys = await this.#keys();
    if ("outcome" in keys) return keys;
    return this.#put(await this.#make(next, terms, keys));
  }

  async #keys(): Promise<Keys | ReportOutcome> {
    const { nowMs } = this.#options;
    try {
      const { usableAt, ...macKey } = await this.#helper.macKey();
      if (Date.parse(usableAt) > nowMs()) return { outcome: "key-too-young", usableAt };
      return { macKey, publicKey: await this.#helper.publicKey() };
    } catch (error) {
      if (error instanceof ApiError && (error.status === 0 || error.status >= 500))
        return { outcome: "helper-unreachable" };
      throw error;
    }
  }

  async #make({ model, ratings }: Learnt, terms: SumTerms, keys: Keys): Promise<WaitingReport> {
    const { community, random, nowMs } = this.#options;
    const { modelVersion } = model;
    const dense = gradientOf(model, ratings, learnUserFactors(model, ratings));
    const id = createUuidV7(nowMs(), random);
    const values = dense.subarray(0, valueCountOf(terms));
    const parts = { id, community, modelVersion, terms, values, ...keys, randomBytes: cryptographicBytes };
    const report = encodeBase64(encodeReport(await makeReport(parts)));
    return { id, modelVersion, sum: terms.sum, report };
  }

  /** Whoever comes second, another tab or a retry after a crash, finds the first and sends that. */
  async #put(made: WaitingReport): Promise<WaitingReport | ReportOutcome> {
    const { waiting } = await this.#change((before) => {
      const isTaken = before.waiting !== null || made.modelVersion <= (before.lastModelVersion ?? -1);
      return isTaken ? before : { ...before, waiting: made, lastModelVersion: made.modelVersion };
    });
    return waiting ?? { outcome: "nothing-new", reason: "contributed" };
  }

  /** False where the sum was closed. */
  async #send({ id, modelVersion, sum, report }: WaitingReport): Promise<boolean> {
    const { api } = this.#options;
    try {
      await api.call("POST", `/sums/${sum}/reports`, decodeBase64(report));
      await this.#change((before) =>
        before.waiting?.id === id ? { ...before, waiting: null, sent: { id, modelVersion } } : before,
      );
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 409, 413].includes(error.status)) throw error;
      // The server will never take this one.
      await this.#change((before) =>
        before.waiting?.id === id ? { ...before, waiting: null, lastModelVersion: null } : before,
      );
      // An id is good for a day; a device that was away for longer makes its report anew.
      const isTooOld = error.errors.some(({ pointer }) => pointer === "#/id");
      if (error.type === "sum-closed" || isTooOld) return false;
      throw error;
    }
  }

  #read(): Promise<Reports> {
    return readReports(this.#options.storage);
  }

  #change(change: (reports: Reports) => Reports): Promise<Reports> {
    return changeReports(this.#options.storage, change);
  }
}

async function statusOf(api: CommunityApi, id: string): Promise<{ status: string; reason?: string }> {
  try {
    return (await api.call("GET", `/gradients/${id}`)).body as { status: string; reason?: string };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { status: "unknown" };
    throw error;
  }
}

/** The terms of the open sum in an answer of `GET C`, null where its sums are plain. */
function readTerms(body: unknown): SumTerms | null {
  const { openSum } = (body ?? {}) as { openSum?: Partial<SumTerms> };
  if (openSum === undefined) return null;
  const { epoch, ...numbers } = openSum;
  const names = [
    "sum",
    "rowCount",
    "factors",
    "sumMembersMin",
    "sumMembersMax",
    "clipFactor",
    "clipBias",
  ] as const;
  const isWhole = names.every((name) => typeof numbers[name] === "number" && numbers[name] > 0);
  if (typeof epoch !== "string" || !isWhole) throw unreadable("the open sum");
  return openSum as SumTerms;
}
