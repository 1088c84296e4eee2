/**
 * A community of twelve on the running system: honest members behind the SDK, and member 0, who may also call the API by hand.
 */
import { TertuliaClient } from "../../../src/client/client.ts";
import { MemoryStorage } from "../../../src/client/storage.ts";
import type { Settings } from "../../../src/domain/community/settings.ts";
import { createUuidV7 } from "../../../src/domain/messages/uuid-v7.ts";
import { type Api, apiFor } from "../../demo/api.ts";
import { generateWaves } from "../../evaluate/groups/generate.ts";
import type { LocalSystem } from "../../local/system.ts";

export const PEOPLE = 12;
/** Who attacks, and who does in the control what an honest member would. */
export const ATTACKER = 0;

interface Model {
  modelVersion: number;
  factors: number;
  values: number[][];
}

export class Club {
  readonly path: string;
  readonly memberIds: string[] = [];
  readonly #url: string;
  readonly #operator: Api;
  readonly #devices: TertuliaClient[] = [];
  #token = "";

  private constructor(url: string, path: string, operator: Api) {
    this.#url = url;
    this.path = path;
    this.#operator = operator;
  }

  /** Member n has row n. */
  static async found(system: LocalSystem, name: string, settings: Partial<Settings>): Promise<Club> {
    const operator = apiFor(system.url, await system.token("operator", "operator"));
    const club = new Club(system.url, `/communities/${name}`, operator);
    await operator.put(club.path, { settings: { sumSecondsMin: 0, gradientsPerHourMax: 400, ...settings } });
    for (let n = 0; n < PEOPLE; n++) {
      const token = await system.token(`${name}-${n}`);
      const options = { baseUrl: system.url, community: name, storage: new MemoryStorage() };
      const device = new TertuliaClient({ ...options, getToken: () => token });
      const joined = await device.join();
      if (joined.status !== "member") throw new Error(`${name}-${n} is ${joined.status}`);
      club.memberIds.push(joined.memberId);
      club.#devices.push(device);
      if (n === ATTACKER) club.#token = token;
    }
    return club;
  }

  async rate(member: number, opinions: ArrayLike<number>): Promise<void> {
    for (const [other, memberId] of this.memberIds.entries())
      if (other !== member && !Number.isNaN(opinions[other]))
        await this.#devices[member].rate(memberId, opinions[other]);
  }

  async contribute(members: readonly number[]): Promise<void> {
    for (const member of members) {
      await this.#devices[member].sync();
      await this.#devices[member].contribute();
    }
  }

  async share(members: readonly number[]): Promise<void> {
    for (const member of members) {
      await this.#devices[member].sync();
      await this.#devices[member].shareUserFactors();
    }
  }

  /** The place of `target` in the list of each member but the target and the attacker; 1 is the top. */
  async ranks(target: number): Promise<number[]> {
    const others = this.memberIds.keys().filter((member) => member !== target && member !== ATTACKER);
    return Promise.all(
      others.map(async (member) => {
        await this.#devices[member].sync();
        const list = await this.#devices[member].recommend({ limit: PEOPLE, exclude: [] });
        return 1 + list.findIndex(({ itemId }) => itemId === this.memberIds[target]);
      }),
    );
  }

  /** What the attacker sends by hand; answers the status. */
  async send(method: string, path: string, body: object): Promise<number> {
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/json" };
    const response = await fetch(this.#url + this.path + path, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    await response.text();
    return response.status;
  }

  /** Posts a gradient by the attacker's hand: values by row, the bias last. */
  async push(modelVersion: number, valuesOf: ReadonlyMap<number, readonly number[]>): Promise<number> {
    const rows = [...valuesOf.keys()].sort((a, b) => a - b);
    const values = rows.map((row) => valuesOf.get(row));
    const id = createUuidV7(Date.now(), Math.random);
    return this.send("POST", "/gradients", { id, modelVersion, rows, encoding: "json", values });
  }

  /** What the attacker reads, as every member may. */
  async model(): Promise<Model> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`${this.#url}${this.path}/model?encoding=json`, { headers });
    return (await response.json()) as Model;
  }

  /** The group of each member in a round that is published now. */
  async round(): Promise<number[]> {
    const { round } = await this.#operator.post<{ round: number }>(`${this.path}/rounds`);
    type Groups = { groups: { members: { memberId: string }[] }[] };
    const { groups } = await this.#operator.get<Groups>(`${this.path}/rounds/${round}`);
    return this.memberIds.map((memberId) =>
      groups.findIndex(({ members }) => members.some((member) => member.memberId === memberId)),
    );
  }
}

/** What twelve people of three circles say of each other: PEOPLE x PEOPLE, from -5 to 5, NaN where they say nothing. */
export function opinionsOf(seed: number): Float32Array[] {
  const { waves } = generateWaves({ kind: "clusters", people: PEOPLE, waves: 2, seed });
  const { judged } = waves[0];
  return Array.from({ length: PEOPLE }, (_, i) => judged.slice(i * PEOPLE, (i + 1) * PEOPLE));
}

/** The bias alone, up for a value below 0: gradients are subtracted. */
export const biasOnly = (factors: number, value: number): number[] => [
  ...new Array<number>(factors).fill(0),
  value,
];

export const everybodyBut = (...left: number[]): number[] =>
  Array.from({ length: PEOPLE }, (_, n) => n).filter((n) => !left.includes(n));

export const inAll = <T>(clubs: readonly Club[], act: (club: Club, at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(clubs.map(act));
