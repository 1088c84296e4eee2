/**
 * Which members of a community are in which arm of its experiment: by a keyed hash, so that nobody can
 * choose, and for good.
 */
import type { Arm } from "../domain/community/settings.ts";
import type { Head } from "./head-store.ts";
import { keyedHash } from "./keyed-hash.ts";

export async function armOf(
  { community, settings: { experiment } }: Pick<Head, "community" | "settings">,
  userId: string,
): Promise<Arm> {
  if (!experiment) return "main";
  const hash = await keyedHash("arm", community, userId);
  return hash.readUInt32BE(0) / 2 ** 32 < experiment.share ? "experiment" : "main";
}
