/** Calls to the API by the SDK's own caller, which retries what failed on the way and throws an ApiError. */
import { ApiError, CommunityApi } from "../client/api.ts";
import { noteAction } from "./polling.ts";
import { BASE_URL, signOut, token } from "./session.ts";

function apiAt(path: string): CommunityApi {
  return new CommunityApi({
    url: BASE_URL + path,
    getToken: () => token.value ?? "",
    fetch: (input, init) => fetch(input, init),
    clock: Date.now,
    random: Math.random,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onRequest: async () => {},
  });
}

const root = apiAt("");
const communityPath = (community: string): string => `/communities/${encodeURIComponent(community)}`;

/** Whoever's token has run out signs in again. */
export function endIfExpired(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) signOut(true);
}

async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<T> {
  if (method !== "GET") noteAction();
  try {
    return (await root.call(method, path, body, headers)).body as T;
  } catch (error) {
    endIfExpired(error);
    throw error;
  }
}

export const get = <T>(path: string): Promise<T> => send<T>("GET", path);

export interface CommunityCalls {
  get<T>(path: string): Promise<T>;
  put<T>(path: string, body?: unknown): Promise<T>;
  post<T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  remove(path: string): Promise<void>;
}

/** Calls below `/communities/{community}`. */
export function callsOf(community: string): CommunityCalls {
  const at = communityPath(community);
  return {
    get: (path) => send("GET", at + path),
    put: (path, body) => send("PUT", at + path, body),
    post: (path, body, headers) => send("POST", at + path, body, headers),
    remove: (path) => send("DELETE", at + path),
  };
}

/** All pages of a list. */
export async function everyPage<T>(calls: CommunityCalls, path: string, name: string): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `${path.includes("?") ? "&" : "?"}cursor=${cursor}`;
    const page: Record<string, T[]> & { next?: string } = await calls.get(path + query);
    all.push(...page[name]);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}
