/**
 * Garbage is deleted in two sweeps a day apart. What the first one finds unnamed it writes into a list, an object of the
 * bucket like others; the second deletes what is unnamed still. So whoever has read a head before the first has a day.
 */
import { randomBytes } from "node:crypto";
import { getObject, type ObjectEntry, putObject } from "./object-store.ts";

const garbagePrefix = (community: string): string => `${community}/garbage/`;

export interface GarbageList {
  key: string;
  markedAtMs: number;
}

/** Those of a community's objects that are such lists. */
export function garbageLists(community: string, objects: readonly ObjectEntry[]): GarbageList[] {
  const prefix = garbagePrefix(community);
  return objects
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key }) => ({ key, markedAtMs: Number(key.slice(prefix.length).split("-")[0]) }));
}

export async function writeGarbageList(
  community: string,
  keys: readonly string[],
  nowMs: number,
): Promise<void> {
  const key = `${garbagePrefix(community)}${nowMs}-${randomBytes(8).toString("hex")}`;
  await putObject(key, new TextEncoder().encode(JSON.stringify(keys)));
}

export async function readGarbageList({ key }: GarbageList): Promise<string[]> {
  const bytes = await getObject(key);
  return bytes ? JSON.parse(Buffer.from(bytes).toString()) : [];
}
