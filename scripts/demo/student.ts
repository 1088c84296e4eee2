/** One student's own device in one community: the SDK with that student's ranks, and nobody else's. */
import { type Contribution, TertuliaClient } from "../../src/client/client.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import type { LocalSystem } from "../local/system.ts";

/** A rank becomes a liking above the middle and an aversion below it: 1 -> +7.5, 16 -> -7.5. */
const strengthOf = (rank: number): number => 8.5 - rank;

export class Student {
  readonly memberId: string;
  private readonly client: TertuliaClient;

  private constructor(client: TertuliaClient, memberId: string) {
    this.client = client;
    this.memberId = memberId;
  }

  static async join(system: LocalSystem, community: string, name: string): Promise<Student> {
    const token = await system.token(name);
    const getToken = () => token;
    const client = new TertuliaClient({
      baseUrl: system.url,
      getToken,
      community,
      storage: new MemoryStorage(),
    });
    return new Student(client, (await client.join()).memberId);
  }

  /** Keeps this week's ranks of the others on the device; ranks of 0 are one's own. */
  async rank(others: readonly Student[], ranks: readonly number[]): Promise<void> {
    for (const [i, { memberId }] of others.entries()) {
      if (ranks[i] > 0) await this.client.rate(memberId, strengthOf(ranks[i]));
    }
  }

  /** Brings the device's copy of the model up to date. */
  async sync(): Promise<void> {
    await this.client.sync();
  }

  /** Posts one gradient against the synced model. */
  contribute(): Promise<Contribution> {
    return this.client.contribute();
  }

  /** Lends the user factors, solved on the synced model, to the matching of groups. */
  share(): Promise<void> {
    return this.client.shareUserFactors();
  }
}
