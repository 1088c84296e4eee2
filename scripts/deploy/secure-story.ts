// Secure sums across two deployed stacks: three devices of the SDK report, and the model moves by what the
// two servers make of it.
import { TertuliaClient } from "../../src/client/client.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import { type DeployedApi, eventually } from "./deployed-api.ts";
import type { Issuer } from "./issuer.ts";

export const HELPER_AUDIENCE = "tertulia-helper";
const COMMUNITY = "secure";
const PEOPLE = ["ivy", "jan", "kim"];
const APPLIED_WITHIN_MS = 90_000;
const SETTINGS = { factors: 2, sums: "secure", sumMembersMin: 3, sumMembersMax: 8, sumSecondsMin: 0 };

export interface SecureStory {
  api: DeployedApi;
  issuer: Issuer;
  baseUrl: string;
  helperUrl: string;
  operator: string;
}

export async function reportSecurely({
  api,
  issuer,
  baseUrl,
  helperUrl,
  operator,
}: SecureStory): Promise<void> {
  await api.expect(201, "PUT", `/communities/${COMMUNITY}`, {
    token: operator,
    body: { settings: SETTINGS },
  });
  const devices = PEOPLE.map((sub) => {
    const getToken = () => issuer.token({ sub });
    const helper = { url: helperUrl, getToken: () => issuer.token({ sub }, { audience: HELPER_AUDIENCE }) };
    return new TertuliaClient({
      baseUrl,
      community: COMMUNITY,
      storage: new MemoryStorage(),
      getToken,
      helper,
    });
  });
  const memberIds: string[] = [];
  for (const device of devices) {
    const membership = await device.join();
    if (membership.status === "member") memberIds.push(membership.memberId);
  }
  const ids: string[] = [];
  for (const [n, device] of devices.entries()) {
    await device.sync();
    await device.rate(memberIds[(n + 1) % memberIds.length], 4);
    const contribution = await device.contribute();
    if (contribution.outcome !== "sent") throw new Error(`a device says ${JSON.stringify(contribution)}`);
    ids.push(contribution.id);
  }
  const [first] = devices;
  for (const id of ids)
    await eventually(`report ${id} is applied`, APPLIED_WITHIN_MS, async () => {
      const { status, reason } = await first.contribution(id);
      if (status === "rejected") throw new Error(`the report was rejected: ${reason}`);
      return status === "applied" ? true : undefined;
    });
  const { modelVersion } = await first.sync();
  if (modelVersion !== 1) throw new Error(`three reports made version ${modelVersion}, expected 1`);
  await first.leave();
}
