/** The devices of a seed's members: each has the SDK and a storage of its own, and a network that fails. */
import { ApiError } from "../../src/client/api.ts";
import { TertuliaClient } from "../../src/client/client.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import { decodeReport, encodeReport } from "../../src/domain/messages/report.ts";
import type { Fault } from "./faults.ts";
import type { Lambdas } from "./lambdas.ts";
import { Violation } from "./ledger.ts";
import { HELPER_URL, LEADER_URL } from "./network.ts";
import type { RandomSource } from "./random-source.ts";

/** Nearly the largest value that a sum can have. */
const WRAPPING = 30_000;

/** Of each seed another: the helper counts a person's registrations in an hour, of all communities. */
export const userIdOf = (member: string, community: string): string => `${member}@${community}`;

export class Devices {
  /** Members, as far as they know. */
  readonly joined = new Set<string>();
  private readonly community: string;
  private readonly random: RandomSource;
  private readonly lambdas: Lambdas;
  private readonly saboteur: string | null;
  private readonly storages = new Map<string, MemoryStorage>();

  constructor(community: string, random: RandomSource, lambdas: Lambdas, saboteur: string | null) {
    this.saboteur = saboteur;
    this.community = community;
    this.random = random;
    this.lambdas = lambdas;
  }

  /**
   * The app of a member is opened, works, and may be killed; what its storage holds is there the next time.
   */
  private async onDevice(
    member: string,
    fault: Fault | null,
    work: (device: TertuliaClient) => Promise<unknown>,
  ): Promise<void> {
    const { community, random } = this;
    const storage = this.storages.get(member) ?? new MemoryStorage();
    this.storages.set(member, storage);
    const getToken = () => userIdOf(member, community);
    const own = member === this.saboteur ? { fetch: spoiling } : {};
    const device = new TertuliaClient({
      ...{ baseUrl: LEADER_URL, community, storage, getToken, random: random.next },
      ...{ helper: { url: HELPER_URL, getToken }, sleep: async () => {}, ...own },
    });
    await this.lambdas.runDevice(
      member,
      fault,
      () => work(device),
      ({ outcome }) => {
        if (!(outcome instanceof Error) || isOfTheNetwork(outcome)) return;
        throw new Violation(`the device of ${member} failed: ${outcome.stack}`);
      },
    );
  }

  async contribute(member: string, fault: Fault | null): Promise<void> {
    await this.onDevice(member, fault, async (device) => {
      await device.sync();
      return device.contribute();
    });
  }

  async join(member: string, fault: Fault | null): Promise<void> {
    await this.onDevice(member, fault, async (device) => {
      await device.join();
      this.joined.add(member);
      await rateOthers(device);
    });
  }

  /** The helper no longer knows a member's key, whose device has to notice. */
  async forget(member: string): Promise<void> {
    const path = `${HELPER_URL}/communities/${this.community}/keys/me`;
    const init = {
      method: "DELETE",
      headers: { authorization: `Bearer ${userIdOf(member, this.community)}` },
    };
    await this.lambdas.runDevice(
      "forget",
      null,
      () => fetch(path, init),
      () => {},
    );
  }

  /** The member likes the first others that there are. */
  async rate(member: string): Promise<void> {
    await this.onDevice(member, null, rateOthers);
  }
}

/** A `fetch` whose reports are well formed, and wrap each value of their sum. */
const spoiling: typeof fetch = (input, init) => {
  const report = init?.body instanceof Uint8Array ? decodeReport(Uint8Array.from(init.body)) : null;
  if (!report) return fetch(input, init);
  for (const at of report.share.keys()) report.share[at] += WRAPPING;
  return fetch(input, { ...init, body: encodeReport(report) });
};

async function rateOthers(device: TertuliaClient): Promise<void> {
  await device.sync();
  for (const { itemId } of await device.recommend({ limit: 3 })) await device.rate(itemId, 5);
}

/** Whatever came of a call that met a fault: no answer, or one that says to try again. */
function isOfTheNetwork(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500);
}
