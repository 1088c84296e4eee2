/**
 * The helper's key pairs, each an object of the bucket: tables have backups, from which a destroyed key would
 * come back. A pair is given out for a week, and destroyed after two: by then no sum waits any more that a
 * report sealed for it may be in.
 */
import { randomBytes } from "node:crypto";
import { DAY_MS } from "../../../src/domain/limits.ts";
import { decodeBase64, encodeBase64 } from "../../../src/domain/messages/base64.ts";
import { createSealingKeys } from "../../../src/domain/secure/sealing.ts";
import {
  deleteObject,
  getObject,
  inParallel,
  listObjects,
  putFirst,
} from "../../../src/infra/object-store.ts";

const PREFIX = "_secret/sealing/";
export const KEY_USE_MS = 7 * DAY_MS;
const KEY_LIFE_MS = 14 * DAY_MS;

export interface SealingKeys {
  keyId: string;
  createdAtMs: number;
  publicKey: Uint8Array<ArrayBuffer>;
  privateKey: Uint8Array<ArrayBuffer>;
}

const createdAtMsOf = (key: string): number => Number(key.slice(PREFIX.length).split("-")[0]);

async function readKeys(key: string): Promise<SealingKeys | null> {
  const bytes = await getObject(key);
  if (!bytes) return null; // destroyed since it was listed
  const { publicKey, privateKey } = JSON.parse(Buffer.from(bytes).toString());
  const [createdAtMs, keyId] = [createdAtMsOf(key), key.slice(key.lastIndexOf("-") + 1)];
  return { keyId, createdAtMs, publicKey: decodeBase64(publicKey)!, privateKey: decodeBase64(privateKey)! };
}

async function createKeys(nowMs: number): Promise<SealingKeys> {
  const keyId = randomBytes(8).toString("hex");
  const { publicKey, privateKey } = await createSealingKeys();
  const body = JSON.stringify({ publicKey: encodeBase64(publicKey), privateKey: encodeBase64(privateKey) });
  await putFirst(`${PREFIX}${nowMs}-${keyId}`, new TextEncoder().encode(body));
  return { keyId, createdAtMs: nowMs, publicKey, privateKey };
}

/**
 * All pairs that are not yet to be destroyed, the newest first; listed anew each time, since a device may use
 * the newest at once.
 */
export async function readLiveKeys(nowMs: number): Promise<SealingKeys[]> {
  const keys = (await listObjects(PREFIX)).map(({ key }) => key);
  const live = keys.filter((key) => nowMs - createdAtMsOf(key) < KEY_LIFE_MS);
  const read = await inParallel(
    live.sort((a, b) => createdAtMsOf(b) - createdAtMsOf(a)),
    readKeys,
  );
  return read.filter((one) => one !== null);
}

/** The pair to seal for, made if there is none of this week. Two that are made at once are both as good. */
export async function readPresentKeys(nowMs: number): Promise<SealingKeys> {
  const [newest] = await readLiveKeys(nowMs);
  return newest && nowMs - newest.createdAtMs < KEY_USE_MS ? newest : createKeys(nowMs);
}

/** Destroys pairs whose time is over; answers how many. */
export async function destroyOldKeys(nowMs: number): Promise<number> {
  const keys = (await listObjects(PREFIX)).map(({ key }) => key);
  const old = keys.filter((key) => nowMs - createdAtMsOf(key) >= KEY_LIFE_MS);
  await inParallel(old, deleteObject);
  return old.length;
}
