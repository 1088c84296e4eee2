/**
 * The system in one process: devices that learn as the SDK does, a server that commits and groups as the Lambdas do, and the
 * wire's own parsers between them. Nothing but storage, queue and network is left out. All that this evaluation knows of
 * learning stands in this file.
 */
import { makeGradient, ratingsOfItems } from "../../../src/client/learning.ts";
import { LocalModel, readModelAnswer } from "../../../src/client/local-model.ts";
import type { RatingsByItem } from "../../../src/client/profile.ts";
import { noised, type SharedFactors } from "../../../src/client/sharing.ts";
import type { Settings } from "../../../src/domain/community/settings.ts";
import type { ItemSet } from "../../../src/domain/learning/item-set.ts";
import { learnUserFactors } from "../../../src/domain/learning/learner.ts";
import type { Ratings } from "../../../src/domain/learning/weights.ts";
import { parseGradient } from "../../../src/domain/messages/messages.ts";
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import { encodeValues } from "../../../src/domain/messages/value-encoding.ts";
import { applyBatch, type Model } from "../../../src/domain/model/apply-batch.ts";
import { readMatrix } from "../../../src/domain/model/item-matrix.ts";
import { composeDraft } from "../../../src/domain/rounds/compose-draft.ts";
import type { Tags } from "../../../src/domain/rounds/tag-terms.ts";
import type { Answers } from "./waves.ts";

const NOW_MS = Date.UTC(2025, 0, 1);

export class DomainCommunity {
  readonly #size: number;
  readonly #random: () => number;
  #ratings: RatingsByItem[];
  #model: Model;
  /** The model as it stands on every device that is up to date. */
  #synced: LocalModel;
  /** By member; empty where they do not share. */
  #shared: SharedFactors[] = [];

  constructor(size: number, settings: Settings, seed: number, random: () => number) {
    this.#size = size;
    this.#random = random;
    this.#ratings = Array.from({ length: size }, () => ({}));
    const { factors } = settings;
    const shape = { factors, seed, rowCount: size, memberCount: size };
    this.#model = { ...shape, modelVersion: 0, settings, blocks: new Map() };
    this.#synced = this.#sync();
  }

  /** From now on the first `count` people are members; all are until the first call. */
  admit(count: number): void {
    if (count === this.#model.rowCount) return;
    this.#model = { ...this.#model, rowCount: count, memberCount: count };
    this.#synced = this.#sync();
  }

  /** Each device takes in what its own member tells it. */
  tell(told: Answers): void {
    this.#ratings = this.#ratings.map((before, i) => {
      const ratings = { ...before };
      told.subarray(i * this.#size, (i + 1) * this.#size).forEach((value, j) => {
        if (value === 0) delete ratings[itemIdOf(j)];
        else if (!Number.isNaN(value)) ratings[itemIdOf(j)] = value;
      });
      return ratings;
    });
  }

  /** One contribution of each of `members` against the present model, all in one commit. */
  contribute(members: readonly number[]): void {
    const { settings, rowCount, modelVersion } = this.#model;
    const at = { rowCount, width: settings.factors + 1, modelVersion };
    const batch = members.flatMap((member) => {
      const id = createUuidV7(NOW_MS, this.#random);
      const everyRow = Number.POSITIVE_INFINITY;
      const body = makeGradient(this.#synced, this.ratingsOf(member), id, this.#random, everyRow);
      if (!body) return [];
      const parsed = parseGradient(body, at, NOW_MS);
      if (!parsed.ok) throw new Error(`the server refused a gradient: ${JSON.stringify(parsed.errors)}`);
      return parsed.value;
    });
    if (batch.length === 0) return;
    const step = applyBatch(this.#model, batch);
    const blocks = new Map(this.#model.blocks);
    for (const block of step.blocks) blocks.set(block.index, block);
    this.#model = { ...this.#model, modelVersion: step.modelVersion, blocks };
    this.#synced = this.#sync();
  }

  /** Every member shares their user factors anew, with noise of so many times their spread. */
  share(noise: number, random: () => number): void {
    this.#shared = Array.from({ length: this.#model.rowCount }, (_, member) => {
      const userFactors = learnUserFactors(this.#synced, this.ratingsOf(member));
      return noised(userFactors, noise, random);
    });
  }

  /** The next round after `past`, under another penalty than the community's own; `tags` by member. */
  round(past: readonly Int32Array[], diversityPenalty: number, tags?: readonly Tags[]): Int32Array {
    const { settings, rowCount, seed } = this.#model;
    const people = Array.from({ length: rowCount }, (_, row) => {
      const shared = this.sharedBy(row);
      return {
        row,
        userFactors: shared && Float32Array.from(shared.values),
        blockedRows: [],
        tags: tags?.[row],
      };
    });
    return composeDraft({
      settings: { ...settings, diversityPenalty },
      rowCount,
      items: readMatrix(this.#model, this.#model.blocks),
      people,
      pastRounds: past.map((groupOf, at) => ({ groupOf, age: past.length - at })),
      isHistoryWhole: true,
      isInformed: true,
      seed: seed ^ (past.length + 1),
    }).groupOf;
  }

  /** The item matrix as it stands on every device. */
  get items(): ItemSet {
    return this.#synced.items;
  }

  sharedBy(member: number): SharedFactors | undefined {
    return this.#shared.at(member);
  }

  ratingsOf(member: number): Ratings {
    return ratingsOfItems(this.#synced, this.#ratings[member], member);
  }

  /** The answer of `GET model?encoding=i8`, read as a device reads it. */
  #sync(): LocalModel {
    const { modelVersion, settings, rowCount, blocks } = this.#model;
    const { factors } = settings;
    const items = Array.from({ length: rowCount }, (_, row) => ({ itemId: itemIdOf(row), row }));
    const values = encodeValues(readMatrix(this.#model, blocks), factors + 1, "i8");
    const answer = { modelVersion, factors, rowCount, items, settings, ...values };
    return new LocalModel(readModelAnswer(answer));
  }
}

const itemIdOf = (row: number): string => `_${row}`;
