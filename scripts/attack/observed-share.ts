/**
 * A gradient holds, for each rated item, its share of the observed regularization: row g_i is t_i (x_u, 1) + r_i (y_i, b_i), where
 * r_i = 2 c w_ui is above 0 for rated items alone and (y_i, b_i) is public. So (x_u, 1) lies in the plane of each row and its
 * item: it is the direction that is least far from all of these planes.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

export interface ObservedShare {
  /** (x_u, 1) */
  direction: number[];
  /** t_i, -2 w_ui (p_ui - s_ui); below 0 for what is liked more than the model thinks. One value a row of the upload. */
  slopes: Float64Array;
  /** r_i */
  ridges: Float64Array;
  rated: boolean[];
}

/** An answer of strength .5 weighs 1.5, one of 8 weighs 9. */
const LIGHTEST = 1 / 8;

/** `values` is rows.length x width, `items` the item matrix. */
export function readObservedShare(
  { rows, values }: { rows: Uint32Array; values: Float32Array },
  items: Float32Array,
  width: number,
): ObservedShare {
  const gradientOf = (n: number) => values.subarray(n * width, (n + 1) * width);
  const itemOf = (n: number) => items.subarray(rows[n] * width, (rows[n] + 1) * width);
  const offPlanes = Matrix.zeros(width, width);
  for (let n = 0; n < rows.length; n++) addOffPlane(offPlanes, gradientOf(n), itemOf(n));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(offPlanes, {
    assumeSymmetric: true,
  });
  const least = realEigenvalues.indexOf(Math.min(...realEigenvalues));
  const column = eigenvectorMatrix.getColumn(least);
  const x = column.map((value) => value / column[width - 1]);
  const shares = Array.from(rows, (_, n) => partsOf(gradientOf(n), x, itemOf(n)));
  const heaviest = Math.max(...shares.map(([, ridge]) => ridge));
  return {
    direction: x,
    slopes: Float64Array.from(shares, ([slope]) => slope),
    ridges: Float64Array.from(shares, ([, ridge]) => ridge),
    rated: shares.map(([, ridge]) => ridge > LIGHTEST * heaviest),
  };
}

/** Adds |g|^2 (I - P), where P projects on the plane of g and y: heavy rows know best. */
function addOffPlane(total: Matrix, g: Float32Array, y: Float32Array): void {
  const [gg, gy, yy] = [dot(g, g), dot(g, y), dot(y, y)];
  if (gg === 0 || yy === 0) return;
  const rest = Array.from(y, (value, k) => value - (gy / gg) * g[k]);
  const restSquared = dot(rest, rest);
  const hasPlane = restSquared > 1e-9 * yy;
  for (let j = 0; j < g.length; j++) {
    for (let k = 0; k < g.length; k++) {
      const inPlane = g[j] * g[k] + (hasPlane ? (gg / restSquared) * rest[j] * rest[k] : 0);
      total.set(j, k, total.get(j, k) + (j === k ? gg : 0) - inPlane);
    }
  }
}

/** g as so much of x and so much of y. */
function partsOf(g: Float32Array, x: number[], y: Float32Array): [number, number] {
  const [xx, xy, yy, gx, gy] = [dot(x, x), dot(x, y), dot(y, y), dot(g, x), dot(g, y)];
  const determinant = xx * yy - xy * xy;
  const ridge = determinant > 1e-9 * xx * yy ? (gy * xx - gx * xy) / determinant : 0;
  return [(gx - ridge * xy) / xx, ridge];
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < b.length; k++) sum += a[k] * b[k];
  return sum;
}
