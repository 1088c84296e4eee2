/** Whether people could meet at a time: the one question about slots, for pairs and for groups. */
import type { Slots } from "../problem.ts";

/** Whether two people have a slot in common. */
export function sharesSlot({ words, width }: Slots, i: number, j: number): boolean {
  for (let word = 0, a = i * width, b = j * width; word < width; word++, a++, b++)
    if ((words[a] & words[b]) !== 0) return true;
  return false;
}

/** Whether all of a group have one; of a single person nothing is asked. */
export function haveSlot({ words, width }: Slots, group: ArrayLike<number>): boolean {
  if (group.length < 2) return true;
  for (let word = 0; word < width; word++) {
    let common = 0xffffffff;
    for (let at = 0; at < group.length && common !== 0; at++) common &= words[group[at] * width + word];
    if (common !== 0) return true;
  }
  return false;
}

/** The same of the people in members[from] .. members[to - 1], with `coming` in the place of `leaving`. */
export function haveSlotWith(
  { words, width }: Slots,
  members: Int32Array,
  from: number,
  to: number,
  leaving: number,
  coming: number,
): boolean {
  if (to - from < 2) return true;
  for (let word = 0; word < width; word++) {
    let common = words[coming * width + word];
    for (let at = from; at < to && common !== 0; at++)
      if (members[at] !== leaving) common &= words[members[at] * width + word];
    if (common !== 0) return true;
  }
  return false;
}
