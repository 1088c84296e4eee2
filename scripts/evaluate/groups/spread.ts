/** When contributions come: all at once, or at random times over the week, gathered into commits of a few senders. */
import { shuffle } from "../../../src/domain/random.ts";

export const SPREADS = ["once", "week"] as const;
export type Spread = (typeof SPREADS)[number];

const SENDERS = { min: 5, max: 10 };

/** Who contributes together, in order of time: everybody once. */
export function commitsOf(size: number, spread: Spread, random: () => number): number[][] {
  const everybody = Int32Array.from({ length: size }, (_, i) => i);
  if (spread === "once") return [Array.from(everybody)];
  const order = Array.from(shuffle(everybody, random));
  const commits: number[][] = [];
  while (order.length > 0) {
    const drawn = SENDERS.min + Math.floor(random() * (SENDERS.max - SENDERS.min + 1));
    const left = order.length - drawn;
    const senders = left < SENDERS.min && order.length > SENDERS.max ? order.length - SENDERS.min : drawn;
    commits.push(order.splice(0, order.length > SENDERS.max ? senders : order.length));
  }
  return commits;
}
