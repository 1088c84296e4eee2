/**
 * A client of the SDK on a device of its own, and a server whose answers are scripted, for what a real one
 * does not do when asked.
 */
import { TertuliaClient } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { MemoryStorage, type Storage } from "../../src/client/storage.ts";
import { encodeValues } from "../../src/domain/messages/value-encoding.ts";
import { normal, uniform } from "../../src/domain/random.ts";

export const NOW_MS = Date.UTC(2026, 2, 1);
const FACTORS = 2;

export interface Sent {
  method: string;
  path: string;
  body: { id: string; modelVersion: number; rows: number[] };
}

/** A server of scripted answers: each route gives its answers in turn, then the last one again. */
export class ScriptedServer {
  readonly sent: Sent[] = [];
  readonly #answers = new Map<string, ((sent: Sent) => Response)[]>();

  on(route: string, ...answers: ((sent: Sent) => Response)[]): this {
    this.#answers.set(route, answers);
    return this;
  }

  fetch: typeof fetch = async (input, init) => {
    const path = String(input).split("/communities/club")[1];
    const method = init?.method ?? "GET";
    const sent = { method, path, body: JSON.parse(String(init?.body ?? "null")) };
    this.sent.push(sent);
    const answers = this.#answers.get(`${method} ${path.split("?")[0]}`);
    if (!answers) throw new Error(`nothing is scripted for ${method} ${path}`);
    return (answers.length > 1 ? answers.shift()! : answers[0])(sent);
  };

  gradients(): Sent[] {
    return this.sent.filter(({ path }) => path === "/gradients");
  }
}

export const json =
  (body: unknown, init: ResponseInit = {}) =>
  () =>
    new Response(JSON.stringify(body), init);
export const problem = (status: number, type: string, headers: Record<string, string> = {}) =>
  json({ type, title: type, status, detail: `it is ${type}` }, { status, headers });
export const broken = (): Response => {
  throw new TypeError("fetch failed");
};

export function model(
  modelVersion: number,
  { rowCount = 4, factors = FACTORS, rows = [...Array(rowCount).keys()] } = {},
) {
  const next = normal(modelVersion + 1);
  const values = Float32Array.from({ length: rows.length * (factors + 1) }, next);
  return {
    modelVersion,
    factors,
    rowCount,
    items: rows.map((row) => ({ itemId: `m${row}`, row })),
    ...encodeValues(values, factors + 1, "i8"),
    settings: { alpha: 1, regularization: 1 },
  };
}

export function setUp(options: Partial<ClientOptions> = {}) {
  const server = new ScriptedServer()
    .on(
      "PUT /members/me",
      json({ status: "member", memberId: "m0", row: 0, learning: "local", paused: false }),
    )
    .on("GET /model", json(model(3)))
    .on("POST /gradients", json({ status: "queued" }, { status: 202 }));
  const waitsMs: number[] = [];
  const storage: Storage = options.storage ?? new MemoryStorage();
  const open = (own: Partial<ClientOptions> = {}) =>
    new TertuliaClient({
      baseUrl: "https://example.test",
      community: "club",
      getToken: () => "token",
      fetch: server.fetch,
      clock: () => NOW_MS,
      random: uniform(5),
      sleep: async (ms) => void waitsMs.push(ms),
      ...options,
      ...own,
      storage,
    });
  return { server, storage, waitsMs, open, client: open() };
}

export async function ready(options: Partial<ClientOptions> = {}) {
  const set = setUp(options);
  await set.client.join();
  await set.client.sync();
  await set.client.rate("m2", 4);
  return set;
}
