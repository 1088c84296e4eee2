/**
 * User factors that a member lends to group matching: a choice made once, kept up to date
 * until it is taken back.
 */
import { ApiError, type CommunityApi } from "./api.ts";
import { normalFrom } from "./random.ts";
import { readJson, type Storage } from "./storage.ts";

/**
 * Noise that a member's likings would hide in costs more liked groupmates than not sharing:
 * `npm run attack -- --newcomb`.
 */
export const SHARE_NOISE = 0;
const KEY = "sharing";

/** The choice. Its draws are kept with it: fresh noise each time would average out. */
interface Sharing {
  noise: number;
  /** Uniform in [0, 1), as many as the noise takes. */
  draws: number[];
}

/** The body of `PUT members/me/user-factors`. */
export interface SharedFactors {
  /** K+1, the rater bias last. */
  values: number[];
  noiseStdDev: number;
}

/**
 * User factors as they are shared: normal noise on each of the K+1 values, `noise` times their spread. The
 * spread is the root mean square of the K values of x_u: a device knows it alone, and it is the same in
 * whatever basis the model stands.
 */
export function noised(userFactors: Float32Array, noise: number, random: () => number): SharedFactors {
  const tastes = userFactors.subarray(0, -1);
  const noiseStdDev = (noise * Math.hypot(...tastes)) / Math.sqrt(tastes.length);
  return {
    values: Array.from(userFactors, (value) => value + noiseStdDev * normalFrom(random)),
    noiseStdDev,
  };
}

async function put(api: CommunityApi, userFactors: Float32Array, { noise, draws }: Sharing): Promise<void> {
  const waiting = draws.values();
  const shared = noised(userFactors, noise, () => waiting.next().value ?? 0);
  await api.call("PUT", "/members/me/user-factors", shared);
}

export async function share(
  api: CommunityApi,
  storage: Storage,
  userFactors: Float32Array,
  { noise, random }: { noise: number; random: () => number },
): Promise<void> {
  const sharing = { noise, draws: Array.from({ length: 2 * userFactors.length }, random) };
  await put(api, userFactors, sharing);
  await storage.update(KEY, () => JSON.stringify(sharing));
}

/**
 * Brings shared user factors up to date. A refusal is no fault of the contribution before it;
 * the next one tries again.
 */
export async function refreshShared(
  api: CommunityApi,
  storage: Storage,
  learn: () => Promise<Float32Array>,
): Promise<void> {
  const sharing = await readJson<Sharing | null>(storage, KEY, null);
  if (!sharing) return;
  await put(api, await learn(), sharing).catch((error) => {
    if (!(error instanceof ApiError)) throw error;
  });
}

/** Takes them back. The choice goes first, so that no contribution between brings them again. */
export async function unshare(api: CommunityApi, storage: Storage): Promise<void> {
  await forgetSharing(storage);
  await api.call("DELETE", "/members/me/user-factors");
}

export async function forgetSharing(storage: Storage): Promise<void> {
  await storage.update(KEY, () => null);
}
