/** Seeded splits into what clients may learn from and what they are tested on. */
import { uniform } from "../../src/domain/random.ts";
import { type Dataset, type UserRatings, userRatings } from "./dataset.ts";

export interface Split {
  train: Dataset;
  /** Held-out item indices of each user, ascending; empty where the user has too few ratings. */
  test: Uint32Array[];
}

const TEST_SHARE = 0.2;

/** Holds out a fifth of each user's ratings, all of which count as likings: the implicit-feedback reading of a rating file. */
export function splitByUser(dataset: Dataset, seed: number): Split {
  const next = uniform(seed);
  const train: UserRatings[] = [];
  const test: Uint32Array[] = [];
  for (const { rows } of dataset.users) {
    const shuffled = shuffle(Array.from(rows), next);
    const held = Math.round(rows.length * TEST_SHARE);
    test.push(Uint32Array.from(shuffled.slice(0, held)).sort());
    train.push(userRatings(new Map(shuffled.slice(held).map((row) => [row, 1]))));
  }
  return { train: { users: train, itemCount: dataset.itemCount }, test };
}

/** Fisher-Yates, in place. */
export function shuffle<T>(list: T[], next: () => number): T[] {
  for (let n = list.length - 1; n > 0; n--) {
    const other = Math.floor(next() * (n + 1));
    [list[n], list[other]] = [list[other], list[n]];
  }
  return list;
}
