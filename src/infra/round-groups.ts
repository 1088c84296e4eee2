/** The groups of a round as they are stored: in the round's item, or, where that has no room for so many, in an object. */
import { randomBytes } from "node:crypto";
import type { Item } from "./head-store.ts";
import { getObject, putObject } from "./object-store.ts";

/** In a round's `groupOf`: the row is in no group (paused, left, or joined later). */
export const NO_GROUP = 0xffff_ffff;

export interface StoredGroups {
  groupCount: number;
  /** Group of each row, NO_GROUP for none. */
  groupOf: Uint32Array;
  /** A byte a group, see group-facts.ts. */
  groupFacts: Uint8Array;
  /** The object with the groups, of a round that has been stored and has one. */
  groupsKey?: string;
}

/** What the groups of an item may take of its 400 KB; the rest is quality and notes. */
const GROUPS_BYTES_MAX = 256 * 1024;
/** In an item: the row is in no group. */
const NO_GROUP_16 = 0xffff;

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** Where the groups of a community's large rounds stand. */
export const groupsPrefix = (community: string): string => `${community}/rounds/`;

/** The groups as attributes, or as an object that they name: u32 of each row, then a byte a group. */
export async function groupAttributes(
  community: string,
  round: StoredGroups & { round: number },
): Promise<Item> {
  const { groupOf, groupFacts, groupCount } = round;
  if (groupCount < NO_GROUP_16 && 2 * groupOf.length + groupCount <= GROUPS_BYTES_MAX) {
    const groups = Uint16Array.from(groupOf, (group) => (group === NO_GROUP ? NO_GROUP_16 : group));
    return { groupOf: { B: bytesOf(groups) }, groupFacts: { B: groupFacts } };
  }
  if (round.groupsKey) return { groupsKey: { S: round.groupsKey } };
  const number = String(round.round).padStart(8, "0");
  const groupsKey = `${groupsPrefix(community)}${number}-${randomBytes(8).toString("hex")}`;
  const bytes = new Uint8Array(groupOf.byteLength + groupFacts.length);
  bytes.set(bytesOf(groupOf));
  bytes.set(groupFacts, groupOf.byteLength);
  await putObject(groupsKey, bytes);
  return { groupsKey: { S: groupsKey } };
}

export async function readGroups(item: Item): Promise<Omit<StoredGroups, "groupCount">> {
  const groupsKey = item.groupsKey?.S;
  if (!groupsKey) {
    const groups = new Uint16Array(new Uint8Array(item.groupOf.B!).buffer);
    const groupOf = Uint32Array.from(groups, (group) => (group === NO_GROUP_16 ? NO_GROUP : group));
    return { groupOf, groupFacts: item.groupFacts.B! };
  }
  const bytes = await getObject(groupsKey);
  if (!bytes) throw new Error(`the groups ${groupsKey} are missing`);
  const rowCount = (bytes.length - Number(item.groupCount.N)) / 4;
  const groupOf = new Uint32Array(bytes.buffer, bytes.byteOffset, rowCount);
  return { groupOf, groupFacts: bytes.subarray(4 * rowCount), groupsKey };
}
