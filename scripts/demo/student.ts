/** One person's own device in one community: the SDK with what that person says, and nothing that others say. */
import { type Contribution, TertuliaClient } from "../../src/client/client.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import type { LocalSystem } from "../local/system.ts";

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
    const joined = await client.join();
    if (joined.status !== "member") throw new Error("the house lets everybody in");
    return new Student(client, joined.memberId);
  }

  /** Keeps what the owner says of the others on the device; NaN leaves what was said before. */
  async tell(others: readonly Student[], ratings: ArrayLike<number>): Promise<void> {
    for (const [i, { memberId }] of others.entries()) {
      if (!Number.isNaN(ratings[i])) await this.client.rate(memberId, ratings[i]);
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
  share(noise: number): Promise<void> {
    return this.client.shareUserFactors({ noise });
  }
}
