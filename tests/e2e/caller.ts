/**
 * A caller of the running system: a token, and whole responses, problems included. An answer that is not as the OpenAPI
 * document says fails the test.
 */

import type { LocalSystem } from "../../scripts/local/system.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { judgedFetch } from "./contract.ts";

export interface Response<T = Record<string, never>> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Problem {
  type: string;
  status: number;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}

export interface CallOptions {
  body?: unknown;
  /** Sent as it is, instead of the JSON of `body`. */
  raw?: string;
  headers?: Record<string, string>;
}

export type Caller = <T = Record<string, never>>(
  method: string,
  path: string,
  options?: CallOptions,
) => Promise<Response<T>>;

export function callerWith(url: string, token: string | null): Caller {
  return async (method, path, { body, raw, headers } = {}) => {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await judgedFetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: text,
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer === "" ? undefined : JSON.parse(answer),
    };
  };
}

export async function caller(system: LocalSystem, sub: string, scope?: string): Promise<Caller> {
  return callerWith(system.url, await system.token(sub, scope));
}

/** With these settings each batch of gradients is a sum of its own, and is committed at once. */
export const AT_ONCE = { sumMembersMin: 1, sumSecondsMin: 0, gradientsPerSumMax: null };

/** With these settings a commit is exactly Y <- Y - sum of gradients. */
export const EXACT = {
  ...AT_ONCE,
  ...{ optimizer: "sgd", learningRate: 1, regularization: 0, aggregation: "sum", clipNorm: null },
};

/** A fresh gradient id. */
export function newId(ageMs = 0): string {
  return createUuidV7(Date.now() - ageMs, Math.random);
}

/** Asks until `isDone`; the answer then. Fails the test by its own time limit if that never comes. */
export async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface JoinedMember {
  memberId: string;
  row: number;
  call: Caller;
}

/** Makes a community and has each of `people` join it, in turn, so that the first has row 0. */
export async function found(
  system: LocalSystem,
  name: string,
  people: readonly string[],
  settings: object = {},
): Promise<JoinedMember[]> {
  const operator = await caller(system, "operator", "operator");
  await operator("PUT", `/communities/${name}`, {
    body: { settings: { ...EXACT, factors: 2, ...settings } },
  });
  const members: JoinedMember[] = [];
  for (const person of people) {
    const call = await caller(system, person);
    const { body } = await call<JoinedMember>("PUT", `/communities/${name}/members/me`, { body: {} });
    members.push({ ...body, call });
  }
  return members;
}
