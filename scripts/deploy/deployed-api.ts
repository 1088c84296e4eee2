// The deployed HTTP API as clients see it, every answer checked for the status that the contract gives it.
import { setTimeout as sleep } from "node:timers/promises";

export type Answer<Body> = { status: number; body: Body; headers: Headers };
export type Call = { token?: string; body?: unknown; headers?: Record<string, string> };
export type DeployedApi = ReturnType<typeof openDeployedApi>;

const TIMEOUT_MS = 35_000; // API Gateway gives up after 30 s

export function openDeployedApi(url: string) {
  async function call<Body = unknown>(
    method: string,
    path: string,
    { token, body, headers }: Call = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const isJson = text !== "" && /json/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : text) as Body,
      headers: response.headers,
    };
  }

  /** A call that must answer with one of `statuses`. */
  async function expect<Body = unknown>(
    statuses: number | number[],
    method: string,
    path: string,
    options: Call = {},
  ): Promise<Answer<Body>> {
    const answer = await call<Body>(method, path, options);
    if (![statuses].flat().includes(answer.status))
      throw new Error(
        `${method} ${path}: got ${answer.status}, expected ${statuses}: ${JSON.stringify(answer.body)}`,
      );
    return answer;
  }

  return { call, expect };
}

/** Asks again until the answer is no longer undefined. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await sleep(250);
  }
}
