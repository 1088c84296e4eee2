/** Rating files of the three formats people have, as one list of ratings per user with users and items numbered in order of appearance. */

export type Format = "movielens" | "csv" | "pairs";

/** Ratings of one user: item indices ascending, a value beside each. */
export interface UserRatings {
  rows: Uint32Array;
  values: Float32Array;
}

export interface Dataset {
  users: UserRatings[];
  itemCount: number;
}

export interface Line {
  user: string;
  item: string;
  value: number;
}

const SEPARATOR: Record<Format, RegExp> = { movielens: /\t|::|,/, csv: /[,;\t]/, pairs: /[,;\t ]+/ };

/** Throws with the line number where a line does not fit the format; a csv may have a heading. */
export function parseRatings(text: string, format: Format): Line[] {
  const lines: Line[] = [];
  text.split(/\r?\n/).forEach((source, n) => {
    if (source.trim() === "") return;
    const [user, item, given] = source.split(SEPARATOR[format]).map((cell) => cell.trim());
    const value = format === "pairs" ? 1 : Number(given);
    if (n === 0 && Number.isNaN(value)) return;
    if (!user || !item || !Number.isFinite(value))
      throw new Error(`line ${n + 1} is no ${format} rating: ${source}`);
    lines.push({ user, item, value });
  });
  if (lines.length === 0) throw new Error("no ratings in the file");
  return lines;
}

/** Numbers users and items; of two ratings by one user of one item the later stands. */
export class RatingIndex {
  readonly users = new Map<string, number>();
  readonly items: Map<string, number>;

  /** People rate people where users and items are one set of names. */
  constructor(people = false) {
    this.items = people ? this.users : new Map();
  }

  /** Numbers the names in `lines`, so that datasets made later are all of one size. */
  add(lines: Line[]): void {
    for (const { user, item } of lines) {
      numbered(this.users, user);
      numbered(this.items, item);
    }
  }

  dataset(lines: Line[]): Dataset {
    const byUser: Map<number, number>[] = [];
    for (const { user, item, value } of lines) {
      const u = numbered(this.users, user);
      const i = numbered(this.items, item);
      byUser[u] ??= new Map();
      byUser[u].set(i, value);
    }
    const users = Array.from({ length: this.users.size }, (_, u) => userRatings(byUser[u] ?? new Map()));
    return { users, itemCount: this.items.size };
  }
}

export function userRatings(values: Map<number, number>): UserRatings {
  const rows = Uint32Array.from(values.keys()).sort();
  return { rows, values: Float32Array.from(rows, (row) => values.get(row)!) };
}

function numbered(names: Map<string, number>, name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}
