/**
 * Instances of the assignment bench: MDGPLIB files, and seeded ones of the same distributions.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AssignmentProblem, LowRankAffinity } from "../../src/domain/assignment/problem.ts";
import { uniform } from "../../src/domain/random.ts";

export interface Instance {
  name: string;
  problem: AssignmentProblem;
}

export type Library = "RanInt" | "RanReal" | "Geo";
export const LIBRARIES: Library[] = ["RanInt", "RanReal", "Geo"];

/** Reads the ten instances of equal group sizes; the format is `n K ss lb ub ...`, then `i j d` a line. */
export function readMdgplib(directory: string, library: Library, size: number): Instance[] {
  const numbers = Array.from({ length: 10 }, (_, i) => String(i + 1).padStart(2, "0"));
  return numbers
    .map((number) => `${library}_n${size}_ss_${number}`)
    .map((name) => ({ name, path: join(directory, library, `${name}.txt`) }))
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) => ({ name, problem: parseMdgplib(readFileSync(path, "utf8")) }));
}

function parseMdgplib(text: string): AssignmentProblem {
  const lines = text.split("\n");
  const [size, groupCount] = lines[0].trim().split(/\s+/).map(Number);
  const values = new Float32Array(size * size);
  for (const line of lines.slice(1)) {
    const [i, j, distance] = line.trim().split(/\s+/).map(Number);
    if (distance === undefined) continue;
    values[i * size + j] = distance;
    values[j * size + i] = distance;
  }
  return { affinity: { kind: "dense", size, values }, groupSize: size / groupCount };
}

/** Integers 0..100, reals 0..100, or distances of points with coordinates 0..10 in 2 to 21 dimensions. */
export function generateMdgplib(library: Library, size: number, groupSize: number, seed: number): Instance {
  const next = uniform(seed);
  const name = `${library}-like n=${size}`;
  if (library === "RanInt") return { name, problem: dense(size, groupSize, () => Math.floor(next() * 101)) };
  if (library === "RanReal") return { name, problem: dense(size, groupSize, () => next() * 100) };
  const dimensions = 2 + Math.floor(next() * 20);
  const points = Float64Array.from({ length: size * dimensions }, () => next() * 10);
  return { name, problem: dense(size, groupSize, distance) };

  function distance(i: number, j: number): number {
    let squares = 0;
    for (let d = 0; d < dimensions; d++)
      squares += (points[i * dimensions + d] - points[j * dimensions + d]) ** 2;
    return Math.sqrt(squares);
  }
}

/** Like MDG-a: integers 0..10. */
export function generateMdgA(size: number, groupSize: number, seed: number): Instance {
  const next = uniform(seed);
  return { name: `n=${size} g=${groupSize}`, problem: dense(size, groupSize, () => Math.floor(next() * 11)) };
}

export function dense(
  size: number,
  groupSize: number,
  value: (i: number, j: number) => number,
): AssignmentProblem {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = i + 1; j < size; j++) {
      values[i * size + j] = value(i, j);
      values[j * size + i] = values[i * size + j];
    }
  return { affinity: { kind: "dense", size, values }, groupSize };
}

/**
 * The reference low-rank instance: xorshift32 and Box-Muller, factors of variance 1 / sqrt(factors), x and y drawn in
 * turn. Its numbers must stay the same on every machine: published values refer to them.
 */
export function generateLowRank(size: number, factors: number, seed = 12345): LowRankAffinity {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4294967296;
  };
  const gauss = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const scale = Math.sqrt(1 / Math.sqrt(factors));
  const x = new Float32Array(size * factors);
  const y = new Float32Array(size * factors);
  for (let at = 0; at < x.length; at++) {
    x[at] = gauss() * scale;
    y[at] = gauss() * scale;
  }
  return { kind: "low-rank", size, factors, x, y };
}
