/** The groups of a round as they are stored: in the round's item, or, where that has no room for so many, in an object. */
import { randomBytes } from "node:crypto";
import { TIMES_PER_GROUP } from "../domain/rounds/meeting-times.ts";
import type { Round } from "../domain/rounds/round.ts";
import type { Item } from "./head-store.ts";
import { itemOf } from "./item-writes.ts";
import { getObject, putObject } from "./object-store.ts";

type Groups = Pick<Round, "groupOf" | "groupFacts" | "times">;

/** Of 8 KB on a put to S3, $.000005, is cheaper than the write units of an item, and small items are cheap to change. */
const GROUPS_BYTES_MAX = 8 * 1024;
/** In an item, u16: the row is in no group. In an object that is -1, i32. */
const NO_GROUP_16 = 0xffff;

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array | Int32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** Where the groups of a community's large rounds stand. */
export const groupsPrefix = (community: string): string => `${community}/rounds/`;

/**
 * The groups as attributes, or as a new object that they name: i32 of each row, u16 of each slot that is
 * suggested, then a byte a group.
 */
export async function groupAttributes(community: string, round: Round): Promise<Item> {
  const { groupOf, groupFacts, groupCount, times } = round;
  const slots = times?.slots ?? new Uint16Array(0);
  const week: Item = times
    ? itemOf({ weekStartMs: times.weekStartMs, meetingMinutes: times.meetingMinutes })
    : {};
  const bytesNeeded = 2 * groupOf.length + groupCount + slots.byteLength;
  if (groupCount < NO_GROUP_16 && bytesNeeded <= GROUPS_BYTES_MAX) {
    const groups = Uint16Array.from(groupOf, (group) => (group < 0 ? NO_GROUP_16 : group));
    const timeSlots: Item = times ? { timeSlots: { B: bytesOf(slots) } } : {};
    return { groupOf: { B: bytesOf(groups) }, groupFacts: { B: groupFacts }, ...week, ...timeSlots };
  }
  const number = String(round.round).padStart(8, "0");
  const groupsKey = `${groupsPrefix(community)}${number}-${randomBytes(8).toString("hex")}`;
  const bytes = new Uint8Array(groupOf.byteLength + slots.byteLength + groupFacts.length);
  bytes.set(bytesOf(groupOf));
  bytes.set(bytesOf(slots), groupOf.byteLength);
  bytes.set(groupFacts, groupOf.byteLength + slots.byteLength);
  await putObject(groupsKey, bytes);
  return { groupsKey: { S: groupsKey }, ...week };
}

function timesOf({ weekStartMs, meetingMinutes }: Item, slots: Uint16Array): Groups["times"] {
  if (!weekStartMs) return undefined;
  return { weekStartMs: Number(weekStartMs.N), meetingMinutes: Number(meetingMinutes.N), slots };
}

export async function readGroups(item: Item): Promise<Groups> {
  const groupsKey = item.groupsKey?.S;
  if (!groupsKey) {
    const groups = new Uint16Array(new Uint8Array(item.groupOf.B!).buffer);
    const groupOf = Int32Array.from(groups, (group) => (group === NO_GROUP_16 ? -1 : group));
    const slots = new Uint16Array(new Uint8Array(item.timeSlots?.B ?? []).buffer);
    return { groupOf, groupFacts: item.groupFacts.B!, times: timesOf(item, slots) };
  }
  const bytes = await getObject(groupsKey);
  if (!bytes) throw new Error(`the groups ${groupsKey} are missing`);
  const groupCount = Number(item.groupCount.N);
  const slotCount = item.weekStartMs ? TIMES_PER_GROUP * groupCount : 0;
  const rowCount = (bytes.length - groupCount - 2 * slotCount) / 4;
  const groupOf = new Int32Array(bytes.buffer, bytes.byteOffset, rowCount);
  const slots = new Uint16Array(bytes.buffer, bytes.byteOffset + 4 * rowCount, slotCount);
  return { groupOf, groupFacts: bytes.subarray(4 * rowCount + 2 * slotCount), times: timesOf(item, slots) };
}
