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

/** Makes `/communities/{name}` with so many members; returns their tokens. */
export async function makeCommunity(
  system: System,
  name: string,
  settings: Partial<Settings>,
  memberCount: number,
): Promise<{ operator: string; tokens: string[] }> {
  const operator = await system.token("operator", "operator");
  await call(system, operator, "PUT", `/communities/${name}`, { settings });
  const tokens: string[] = [];
  const join = async () => {
    while (tokens.length < memberCount) {
      const at = tokens.push("") - 1;
      tokens[at] = await system.token(`member-${at}`);
      await call(system, tokens[at], "PUT", `/communities/${name}/members/me`, {});
    }
  };
  await Promise.all(Array.from({ length: JOINS_AT_ONCE }, join));
  return { operator, tokens };
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
}

/** The JSON of a gradient as a client posts it, under ID_PLACEHOLDER. */
export function gradientBody(seed: number, shape: GradientShape): string {
  const next = normal(seed);
  const width = shape.factors + 1;
  const values = Float32Array.from({ length: shape.rows * width }, () => next());
  const rows = pickRows(uniform(seed), shape.rowCount, shape.rows);
  return JSON.stringify({
    id: ID_PLACEHOLDER,
    modelVersion: 0,
    rows,
    ...encodeValues(values, width, shape.encoding),
  });
}
