/** How well the ways of one attack do over many members; the attack is as good as its best way. */
import { auc } from "../evaluate/people.ts";

export interface Success {
  attackAuc: number;
  /** Share of the members whose very set was found. */
  exactRecovery: number;
}

export class Tally {
  readonly #found = new Map<string, { auc: number; exact: number; members: number }>();

  /**
   * `scores` by row, the higher the likelier in `truth`; `taken` are the rows that the attack takes for it, by default the
   * best of as many as there are. A member's own row is no candidate.
   */
  add(
    way: string,
    scores: ArrayLike<number>,
    truth: ReadonlySet<number>,
    { taken, ownRow }: { taken?: ReadonlySet<number>; ownRow?: number } = {},
  ): void {
    const rows = Array.from(scores, (_, row) => row).filter((row) => row !== ownRow);
    if (truth.size === 0 || truth.size === rows.length) return;
    const best = () => new Set(rows.toSorted((a, b) => scores[b] - scores[a]).slice(0, truth.size));
    const guess = taken ?? best();
    const total = this.#found.get(way) ?? { auc: 0, exact: 0, members: 0 };
    this.#found.set(way, total);
    total.members++;
    total.auc += auc(
      rows.map((row) => scores[row]),
      rows.map((row) => truth.has(row)),
    );
    if (guess.size === truth.size && truth.isSubsetOf(guess)) total.exact++;
  }

  success(): Success {
    const means = Array.from(this.#found.values(), ({ auc, exact, members }) => {
      return { attackAuc: auc / members, exactRecovery: exact / members };
    });
    return {
      attackAuc: Math.max(...means.map(({ attackAuc }) => attackAuc)),
      exactRecovery: Math.max(...means.map(({ exactRecovery }) => exactRecovery)),
    };
  }
}
