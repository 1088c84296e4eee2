/**
 * Arithmetic of the finite fields with q = p^d elements that designs are built over, as tables: elements are 0..q-1, the
 * base-p digits of a polynomial over Z_p.
 */

export interface GaloisField {
  order: number;
  add(a: number, b: number): number;
  multiply(a: number, b: number): number;
  negate(a: number): number;
  /** A primitive element: its powers are all elements but 0. */
  generator: number;
  power(exponent: number): number;
}

/** Returns the field with q elements, or undefined if q is no prime power. */
export function galoisField(q: number): GaloisField | undefined {
  const p = smallestPrimeFactor(q);
  const degree = Math.round(Math.log(q) / Math.log(p));
  if (q < 2 || p ** degree !== q) return undefined;
  const digits = (value: number) => Array.from({ length: degree }, (_, d) => Math.floor(value / p ** d) % p);
  const value = (coefficients: number[]) => coefficients.reduce((sum, c, d) => sum + c * p ** d, 0);
  const add = (a: number, b: number) => value(digits(a).map((digit, d) => (digit + digits(b)[d]) % p));
  const negate = (a: number) => value(digits(a).map((digit) => (p - digit) % p));

  // x^degree = tail, tried until multiplication by x + shift runs through all elements
  for (let tail = 0; tail < q; tail++)
    for (let generator = degree === 1 ? 1 : p; generator < q; generator++) {
      const powers = powersOf(generator, q, (a, b) =>
        multiplyModulo(digits(a), digits(b), digits(tail), p, value),
      );
      if (powers) return fieldFrom(q, add, negate, generator, powers);
    }
  return undefined;
}

function fieldFrom(
  order: number,
  add: GaloisField["add"],
  negate: GaloisField["negate"],
  generator: number,
  powers: number[],
): GaloisField {
  const logarithms = new Int32Array(order);
  powers.forEach((element, exponent) => {
    logarithms[element] = exponent;
  });
  const power = (exponent: number) => powers[exponent % (order - 1)];
  const multiply = (a: number, b: number) => (a && b ? power(logarithms[a] + logarithms[b]) : 0);
  return { order, add, multiply, negate, generator, power };
}

/** The powers 0..q-2 of `element` if they are all different and none is 0. */
function powersOf(
  element: number,
  q: number,
  multiply: (a: number, b: number) => number,
): number[] | undefined {
  const powers = [1];
  const seen = new Set([0, 1]);
  for (let exponent = 1; exponent < q - 1; exponent++) {
    const power = multiply(powers[exponent - 1], element);
    if (seen.has(power)) return undefined;
    seen.add(power);
    powers.push(power);
  }
  return powers;
}

/** Product of polynomials over Z_p with x^degree replaced by `tail`. */
function multiplyModulo(
  a: number[],
  b: number[],
  tail: number[],
  p: number,
  value: (coefficients: number[]) => number,
): number {
  const degree = a.length;
  const product = new Array<number>(2 * degree - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      product[i + j] = (product[i + j] + x * y) % p;
    });
  });
  for (let high = 2 * degree - 2; high >= degree; high--) {
    for (let d = 0; d < degree; d++)
      product[high - degree + d] = (product[high - degree + d] + product[high] * tail[d]) % p;
    product[high] = 0;
  }
  return value(product.slice(0, degree));
}

function smallestPrimeFactor(n: number): number {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return factor;
  return n;
}
