/** A community for measurements: made and joined over HTTP, as anybody would. */

import type { Settings } from "../../src/domain/community/settings.ts";
import { type Encoding, encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { normal, uniform } from "../../src/domain/random.ts";
import { ID_PLACEHOLDER } from "./load-generator.ts";

/** More would only race each other for the next row. */
const JOINS_AT_ONCE = 4;

export interface System {
  url: string;
  token(sub: string, scope?: string): Promise<string>;
}

export async function call<Body>(system: System, token: string, method: string, path: string, body?: object) {
  const response = await fetch(system.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

/** Makes `/communities/{name}` with so many members; returns their tokens, and the row of each. */
export async function makeCommunity(
  system: System,
  name: string,
  settings: Partial<Settings>,
  memberCount: number,
): Promise<{ operator: string; tokens: string[]; rows: number[] }> {
  const operator = await system.token("operator", "operator");
  await call(system, operator, "PUT", `/communities/${name}`, { settings });
  const tokens: string[] = [];
  const rows: number[] = [];
  const join = async () => {
    while (tokens.length < memberCount) {
      const at = tokens.push("") - 1;
      tokens[at] = await system.token(`member-${at}`);
      const { row } = await call<{ row: number }>(
        system,
        tokens[at],
        "PUT",
        `/communities/${name}/members/me`,
        {},
      );
      rows[at] = row;
    }
  };
  await Promise.all(Array.from({ length: JOINS_AT_ONCE }, join));
  return { operator, tokens, rows };
}

/** So many different rows of 0..rowCount, ascending. */
export function pickRows(random: () => number, rowCount: number, picked: number): number[] {
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  for (let i = 0; i < picked; i++) {
    const j = i + Math.floor(random() * (rowCount - i));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows.slice(0, picked).sort((a, b) => a - b);
}

export interface GradientShape {
  rowCount: number;
  rows: number;
  factors: number;
  encoding: Encoding;
  /** Of the sender, who may not move it. */
  ownRow?: number;
}

/** As MovieLens 100k has them (docs/decisions.md): a rated row's median, and what the others must be for a whole gradient's. */
const NORMS = { rated: 3.6, silent: 0.77 };
const RATED_EVERY = 8;

/** The JSON of a gradient as a client posts it, under ID_PLACEHOLDER. */
export function gradientBody(seed: number, shape: GradientShape): string {
  const next = normal(seed);
  const width = shape.factors + 1;
  const values = Float32Array.from({ length: shape.rows * width }, (_, at) => {
    const norm = Math.floor(at / width) % RATED_EVERY === 0 ? NORMS.rated : NORMS.silent;
    return (next() * norm) / Math.sqrt(width);
  });
  const { ownRow = shape.rowCount } = shape;
  const others = ownRow < shape.rowCount ? shape.rowCount - 1 : shape.rowCount;
  const rows = pickRows(uniform(seed), others, shape.rows).map((row) => (row < ownRow ? row : row + 1));
  return JSON.stringify({
    id: ID_PLACEHOLDER,
    modelVersion: 0,
    rows,
    ...encodeValues(values, width, shape.encoding),
  });
}
