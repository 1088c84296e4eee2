/** Communities whose models are taught exact rows, and versions of them that are kept and served. */
import { beforeAll, expect } from "@jest/globals";
import { type Caller, EXACT, found, newId, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

export interface Version {
  version: number;
  isDaily: boolean;
  isHeld: boolean;
  name?: string;
  isServed?: boolean;
}
interface Model {
  modelVersion: number;
  values: number[][];
}
interface Recommendation {
  itemId: string;
  score: number;
}

/** Of the secret that parts 24 people by 12. */
const SECRET_BYTE = 5;

/** Starts the system with a secret that is the same in each run, and so are the arms and what is held out. */
export function startWithSecret(): void {
  startSystem();
  beforeAll(async () => {
    const { putObject } = await import("../../src/infra/object-store.ts");
    await putObject("_secret/key", new Uint8Array(32).fill(SECRET_BYTE));
  });
}

export const put = (C: string, settings: object) => operator<Problem>("PUT", C, { body: { settings } });
export const keep = async (C: string, name?: string) =>
  (await operator<Version>("POST", `${C}/versions`, { body: { name } })).body.version;
export const modelFor = async (call: Caller, C: string) =>
  (await call<Model>("GET", `${C}/model?encoding=json`)).body;
export const recommended = async (call: Caller, C: string) =>
  (await call<Recommendation[]>("GET", `${C}/recommendations/me?limit=100&exclude=`)).body;

/** Makes rows exactly these values, by one gradient. */
export async function teach(C: string, call: Caller, target: Record<number, number[]>): Promise<void> {
  const { modelVersion, values } = await modelFor(call, C);
  const rows = Object.keys(target).map(Number);
  const gradient = rows.map((row) => values[row].map((value, k) => value - target[row][k]));
  const body = { id: newId(), modelVersion, rows, encoding: "json", values: gradient };
  expect((await call("POST", `${C}/gradients`, { body })).status).toBe(202);
  await system.drain();
}

/**
 * Members of a community and the content items `film-0`, .. behind them; all learning is hosted, but for the
 * last member's.
 */
export async function cinema(name: string, people: number, films: number, settings: object = {}) {
  const C = `/communities/${name}`;
  const names = Array.from({ length: people }, (_, n) => `${name}-${n}`);
  const members = await found(system, name, names, { ...EXACT, ...settings });
  for (const { call } of members.slice(0, -1))
    await call("PUT", `${C}/members/me`, { body: { learning: "hosted" } });
  for (let n = 0; n < films; n++) await operator("PUT", `${C}/items/film-${n}`);
  return { C, members, teacher: members.at(-1)!.call };
}
