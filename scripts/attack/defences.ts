/** What may stand between a member's ratings and the server, and what the server then gets to see. */

import type { Settings } from "../../src/domain/community/settings.ts";
import { itemGradients, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import type { ItemSet } from "../../src/domain/learning/item-set.ts";
import { type PrivacyRule, privatized } from "../../src/domain/learning/privacy.ts";
import { sampleRows } from "../../src/domain/learning/row-sampling.ts";
import type { UserRatings } from "../evaluate/dataset.ts";
import type { Upload } from "./recover.ts";

export interface Defence {
  name: string;
  rowsAim: number | null;
  privacy: PrivacyRule | null;
  /** Uploads that the server sees only the sum of, as under secure aggregation. */
  summed: number;
}

/** `clipNorm` is the median norm of the uploads, so that half of them are clipped. */
export function defences(clipNorm: number): Defence[] {
  const plain = { rowsAim: null, privacy: null, summed: 1 };
  const noised = (noiseMultiplier: number): Defence => ({
    ...plain,
    name: `clip and noise x${noiseMultiplier}`,
    privacy: { clipNorm, noiseMultiplier },
  });
  return [
    { ...plain, name: "dense, noiseless" },
    { ...plain, name: "300 sampled rows", rowsAim: 300 },
    { ...plain, name: "100 sampled rows", rowsAim: 100 },
    { ...plain, name: "clip", privacy: { clipNorm, noiseMultiplier: 0 } },
    noised(0.01),
    noised(0.03),
    noised(0.1),
    noised(1),
    ...[2, 10, 100].map((summed) => ({ ...plain, name: `sum of ${summed} clients`, summed })),
  ];
}

/** Makes users' uploads against one model. */
export class UploadMaker {
  readonly #items: ItemSet;
  readonly #settings: Settings;
  readonly #everyRow: Uint32Array;

  constructor(items: ItemSet, settings: Settings) {
    this.#items = items;
    this.#settings = settings;
    this.#everyRow = Uint32Array.from({ length: items.rowCount }, (_, row) => row);
  }

  dense(ratings: UserRatings): Float32Array {
    const userFactors = solveUserFactors(this.#items, ratings, this.#settings);
    return itemGradients(this.#items, ratings, this.#settings, userFactors, this.#everyRow);
  }

  /** What the server sees of a group of `defence.summed` users. */
  upload(group: readonly UserRatings[], defence: Defence, random: () => number): Upload {
    const sum = new Float32Array(this.#items.values.length);
    for (const ratings of group) {
      const values = this.dense(ratings);
      for (let i = 0; i < sum.length; i++) sum[i] += values[i];
    }
    if (defence.rowsAim !== null) return sampleRows(sum, this.#settings.factors + 1, defence.rowsAim, random);
    const values = defence.privacy ? privatized(sum, defence.privacy, random) : sum;
    return { rows: this.#everyRow, values };
  }
}
