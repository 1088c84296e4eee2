/**
 * q^3 + 1 people in groups of q + 1, each pair once: the points and secants of the Hermitian unital x^(q+1) + y^(q+1) +
 * z^(q+1) = 0 in the plane over F_(q^2). The secants through a point P outside, with the polar line of P, hold each point
 * once; P runs through a tangent (R. C. Bose, 1959).
 */
import { type GaloisField, galoisField } from "./galois-field.ts";
import { roundOf } from "./rounds.ts";

type Triple = [number, number, number];

export function unitalRounds(groupCount: number, groupSize: number): Int32Array[] | undefined {
  const q = groupSize - 1;
  if (groupCount * groupSize !== q ** 3 + 1) return undefined;
  const field = galoisField(q * q);
  if (!field) return undefined;
  const plane = planePoints(field);
  const conjugate = (a: number) => (a === 0 ? 0 : power(field, a, q));
  /** Zero where the second lies on the polar line of the first. */
  const form = (a: Triple, b: Triple) =>
    a.reduce((sum, entry, i) => field.add(sum, field.multiply(entry, conjugate(b[i]))), 0);
  const isOn = (point: Triple) => form(point, point) === 0;
  const unital = plane.filter(isOn);
  const [touching] = unital;
  const tangent = plane.filter((point) => point !== touching && form(point, touching) === 0);
  return tangent.map((point) => {
    // two points of the unital share a secant through P if they share the line through it
    const groups = new Map<string, number[]>();
    unital.forEach((other, number) => {
      const line = form(other, point) === 0 ? "polar" : String(normalized(field, cross(field, point, other)));
      groups.set(line, [...(groups.get(line) ?? []), number]);
    });
    return roundOf([...groups.values()], unital.length);
  });
}

function power(field: GaloisField, a: number, exponent: number): number {
  let product = 1;
  for (let i = 0; i < exponent; i++) product = field.multiply(product, a);
  return product;
}

/** Coordinates whose first one that is not 0 is 1. */
function planePoints({ order }: GaloisField): Triple[] {
  const elements = Array.from({ length: order }, (_, element) => element);
  return [
    [0, 0, 1],
    ...elements.map((z): Triple => [0, 1, z]),
    ...elements.flatMap((y) => elements.map((z): Triple => [1, y, z])),
  ];
}

/** The line through two points. */
function cross(field: GaloisField, a: Triple, b: Triple): Triple {
  const minor = (i: number, j: number) =>
    field.add(field.multiply(a[i], b[j]), field.negate(field.multiply(a[j], b[i])));
  return [minor(1, 2), minor(2, 0), minor(0, 1)];
}

function normalized(field: GaloisField, triple: Triple): Triple {
  const first = triple.find((entry) => entry !== 0)!;
  const inverse = power(field, first, field.order - 2);
  return triple.map((entry) => field.multiply(entry, inverse)) as Triple;
}
