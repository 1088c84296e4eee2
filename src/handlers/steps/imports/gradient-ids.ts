/**
 * The ids of training's gradients. They follow from import, epoch and member, so that an epoch which begins
 * again after a crash sends none of them twice; by a keyed hash, so that the commit log says of nobody whose
 * they are.
 */
import { createHash } from "node:crypto";
import type { Training } from "../../../domain/learning/training.ts";
import { uuidV7Of } from "../../../domain/messages/uuid-v7.ts";
import type { Import } from "../../../infra/import-store.ts";
import { keyedHash } from "../../../infra/keyed-hash.ts";

/** The first epoch's time is known before it begins: ratings are stored with the ids of its gradients. */
export const firstEpochAtMs = ({ startedAtMs, createdAtMs }: Import): number => startedAtMs ?? createdAtMs;

/** Answers the id of the gradient of the member who has a row. */
export async function gradientIdsOf(
  { community, id }: Import,
  { epoch, epochAtMs }: Pick<Training, "epoch" | "epochAtMs">,
): Promise<(memberRow: number) => string> {
  const key = await keyedHash("training", community, id, epoch);
  return (memberRow) => {
    const hash = createHash("sha256").update(key).update(String(memberRow)).digest();
    return uuidV7Of(epochAtMs, hash);
  };
}
