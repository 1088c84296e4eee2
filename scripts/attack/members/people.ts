/** People of a community on the running system, who call the API by hand and take whatever it answers. */
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import type { LocalSystem } from "../../local/system.ts";

export interface Answered {
  status: number;
  body: unknown;
  ms: number;
}

export class Caller {
  readonly #url: string;
  readonly #path: string;
  readonly #token: string;

  private constructor(url: string, path: string, token: string) {
    this.#url = url;
    this.#path = path;
    this.#token = token;
  }

  static async of(system: LocalSystem, community: string, sub: string, scope?: string): Promise<Caller> {
    return new Caller(system.url, `/communities/${community}`, await system.token(sub, scope));
  }

  /** `path` is relative to the community. */
  async call(method: string, path: string, body?: unknown): Promise<Answered> {
    const startedMs = performance.now();
    const response = await fetch(this.#url + this.#path + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const ms = performance.now() - startedMs;
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text), ms };
  }

  /** The same, of a call that is to succeed. */
  async get<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answered = await this.call(method, path, body);
    if (answered.status < 300) return answered.body as Body;
    throw new Error(`${method} ${path}: ${answered.status} ${JSON.stringify(answered.body)}`);
  }

  /** The handle with which they join, or come back; null where they are refused. */
  async join(): Promise<string | null> {
    const { status, body } = await this.call("PUT", "/members/me", {});
    return status < 300 ? (body as { memberId: string }).memberId : null;
  }
}

export interface People {
  operator: Caller;
  /** In the order of their rows. */
  members: Caller[];
  memberIds: string[];
}

export async function foundPeople(
  system: LocalSystem,
  community: string,
  count: number,
  settings: object = {},
): Promise<People> {
  const operator = await Caller.of(system, community, "operator", "operator");
  await operator.get("PUT", "", { settings });
  const members: Caller[] = [];
  const memberIds: string[] = [];
  for (let n = 0; n < count; n++) {
    const member = await Caller.of(system, community, `${community}-${n}`);
    memberIds.push((await member.join())!);
    members.push(member);
  }
  return { operator, members, memberIds };
}

/** A gradient of one row, small and honest enough. */
export function smallGradient(row: number, modelVersion: number, factors: number) {
  const values = [Array.from({ length: factors + 1 }, (_, n) => 0.01 * (n + 1))];
  const id = createUuidV7(Date.now(), Math.random);
  return { id, modelVersion, rows: [row], encoding: "json", values };
}

interface Round {
  round: number;
  groups: { members: { memberId: string }[] }[];
}

/** Publishes; the handles in each group. */
export async function publishedGroups({ operator }: People): Promise<string[][]> {
  const { round } = await operator.get<Round>("POST", "/rounds");
  const { groups } = await operator.get<Round>("GET", `/rounds/${round}`);
  return groups.map(({ members }) => members.map(({ memberId }) => memberId));
}

export const areTogether = (groups: readonly string[][], ...memberIds: string[]): boolean =>
  groups.some((group) => memberIds.every((memberId) => group.includes(memberId)));
