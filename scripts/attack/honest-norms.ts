/**
 * `npm run attack -- --norms --ratings FILE` (or --waves, --newcomb): how large what honest members send is, from which the
 * bounds on it are chosen.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { solveUserFactors } from "../../src/domain/learning/factorization.ts";
import { toFloat32 } from "../../src/domain/messages/value-encoding.ts";
import { type Dataset, userRatings } from "../evaluate/dataset.ts";
import { DEFAULT_TRAINING, type Training, trainFederated } from "../evaluate/federated.ts";
import { keptAnswers, type WaveData } from "../evaluate/groups/waves.ts";

export interface NormLine {
  of: string;
  /** Quantiles .5, .9, .99 and .999, and the largest. */
  quantiles: number[];
}

const QUANTILES = [0.5, 0.9, 0.99, 0.999, 1];
const KINDS = [
  "row that was rated",
  "row in silence",
  "whole gradient",
  "x_u",
  "rater bias",
  "y_i",
  "b_i",
] as const;

/** Sizes to a hundredth of themselves: there are tens of millions of them. */
class Sizes {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(size: number): void {
    if (size === 0) return;
    const bin = Math.round(100 * Math.log(size));
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
    this.#total++;
  }

  quantile(share: number): number {
    let left = share * this.#total;
    for (const bin of [...this.#counts.keys()].sort((a, b) => a - b)) {
      left -= this.#counts.get(bin)!;
      if (left <= 0) return Math.exp(bin / 100);
    }
    return 0;
  }
}

/** People who rate each other, as they stand after the last wave. */
export function peopleOf({ names, waves }: WaveData): Dataset {
  const last = keptAnswers(waves)[waves.length - 1];
  const users = names.map((_, i) => {
    const own = last.subarray(i * names.length, (i + 1) * names.length);
    const said = Array.from(own, (value, row) => [row, value] as const);
    return userRatings(new Map(said.filter(([, value]) => !Number.isNaN(value) && value !== 0)));
  });
  return { users, itemCount: names.length };
}

export function honestNorms(
  train: Dataset,
  { people, rounds }: Pick<Training, "people" | "rounds">,
): NormLine[] {
  const sizes = new Map(KINDS.map((kind) => [kind, new Sizes()]));
  const add = (kind: (typeof KINDS)[number], values: Float32Array) => {
    const norm = Math.hypot(...values);
    sizes.get(kind)!.add(norm);
    return norm;
  };
  const settings = { ...DEFAULT_SETTINGS, clipNorm: null };
  const width = settings.factors + 1;
  const training = { ...DEFAULT_TRAINING, settings, people, rounds, seed: 1 };
  const models = trainFederated(train, {
    ...training,
    between: (sent, items) => {
      for (const { user, gradient } of sent) {
        const values = toFloat32(gradient.data, width);
        const rated = new Set(train.users[user].rows);
        let squares = 0;
        gradient.rows.forEach((row, n) => {
          const kind = rated.has(row) ? "row that was rated" : "row in silence";
          squares += add(kind, values.subarray(n * width, (n + 1) * width)) ** 2;
        });
        sizes.get("whole gradient")!.add(Math.sqrt(squares));
        const ratings = people ? { ...train.users[user], ownRow: user } : train.users[user];
        const userFactors = solveUserFactors(items, ratings, settings);
        add("x_u", userFactors.subarray(0, -1));
        add("rater bias", userFactors.subarray(-1));
      }
      for (let row = 0; row < items.rowCount; row++) {
        const values = items.values.subarray(row * width, (row + 1) * width);
        add("y_i", values.subarray(0, -1));
        add("b_i", values.subarray(-1));
      }
      return sent.map(({ gradient }) => gradient);
    },
  });
  for (const _ of models);
  return KINDS.map((of) => ({ of, quantiles: QUANTILES.map((share) => sizes.get(of)!.quantile(share)) }));
}
