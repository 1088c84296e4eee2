/**
 * Orthogonal arrays of strength two: rows in which any two columns hold each pair of symbols once. They are the same as
 * mutually orthogonal Latin squares, and their last column deals the groups of a transversal design into rounds.
 */
import { addResidues } from "./array-rows.ts";
import { galoisField } from "./galois-field.ts";
import { PUBLISHED_ARRAYS } from "./published-arrays.ts";

export interface OrthogonalArray {
  order: number;
  rows: number[][];
  /** The last so many symbols are a hole: no row holds two of them. */
  hole: number;
}

/** Returns an array with `columns` columns and the smallest hole known here, or undefined. */
export function orthogonalArray(order: number, columns: number): OrthogonalArray | undefined {
  return fieldArray(order, columns) ?? publishedArray(order, columns) ?? productArray(order, columns);
}

/** Lines a + slope * level of the field with `order` elements, and the level itself as slope's last column. */
function fieldArray(order: number, columns: number): OrthogonalArray | undefined {
  const field = columns <= order + 1 ? galoisField(order) : undefined;
  if (!field) return undefined;
  const rows: number[][] = [];
  for (let slope = 0; slope < order; slope++) {
    const multiples = Array.from({ length: columns - 1 }, (_, level) => field.multiply(slope, level));
    for (let a = 0; a < order; a++)
      rows.push([...multiples.map((multiple) => field.add(a, multiple)), slope]);
  }
  return { order, rows, hole: 0 };
}

/** MacNeish (1922): pairs of rows of two smaller arrays. */
function productArray(order: number, columns: number): OrthogonalArray | undefined {
  for (let a = 3; a * a <= order; a++) {
    if (order % a !== 0) continue;
    const outer = orthogonalArray(a, columns);
    const inner = outer?.hole === 0 ? orthogonalArray(order / a, columns) : undefined;
    if (!outer || inner?.hole !== 0) continue;
    const rows = outer.rows.flatMap((high) =>
      inner.rows.map((low) => high.map((symbol, i) => symbol * inner.order + low[i])),
    );
    return { order, rows, hole: 0 };
  }
  return undefined;
}

function publishedArray(order: number, columns: number): OrthogonalArray | undefined {
  const published = PUBLISHED_ARRAYS[order]?.();
  if (!published) return undefined;
  const { moduli, infinities, isDifferenceMatrix } = published;
  const entries = published.rows[0].length;
  if (columns > entries + (isDifferenceMatrix ? 1 : 0)) return undefined;
  const groupOrder = moduli.reduce((product, modulus) => product * modulus, 1);
  const finite = order - infinities;
  const rows: number[][] = [];
  published.rows.forEach((row, number) => {
    // the last column of a difference matrix is the number of the row; else of an array the last published one
    const kept = isDifferenceMatrix
      ? row.slice(0, columns - 1)
      : [...row.slice(0, columns - 1), row[entries - 1]];
    for (let shift = 0; shift < groupOrder; shift++) {
      const moved = kept.map((entry) =>
        entry < 0 ? finite : entry >= finite ? entry : addResidues(entry, shift, moduli),
      );
      rows.push(isDifferenceMatrix ? [...moved, number] : moved);
    }
  });
  if (infinities === 0) return { order, rows, hole: 0 };
  if (infinities === 1) return { order, rows: [...rows, new Array(columns).fill(finite)], hole: 0 };
  const filling = orthogonalArray(infinities, columns);
  if (!filling) return { order, rows, hole: infinities };
  rows.push(...filling.rows.map((row) => row.map((symbol) => finite + symbol)));
  return { order, rows, hole: filling.hole };
}
