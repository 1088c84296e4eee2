/** How far one member moves somebody in the lists of the others, beside the same community without the attack. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { ATTACKER, Club, everybodyBut, inAll, opinionsOf, PEOPLE } from "./club.ts";

/** Sums before the attack, and with it: 30 weeks of two contributions by each member. */
const SUMS_BEFORE = 6;
const SUMS_OF_ATTACK = 24;
/** Of honest members; with the attacker, who is in every sum, they are as many as a sum needs by default. */
const HONEST_PER_SUM = 4;

export interface RankAttack {
  name: string;
  /** Whose place is to move. */
  targetOf: (opinions: readonly Float32Array[]) => number;
  /** What the attacker sends before each sum. */
  send: (club: Club, target: number) => Promise<void>;
}

/** The mean over members of how far `target` moved in their lists. */
function movedBy(before: readonly number[], after: readonly number[]): number {
  const moves = after.map((rank, at) => rank - before[at]);
  return Math.abs(moves.reduce((sum, move) => sum + move, 0) / moves.length);
}

const meanOf = (ranks: readonly number[]): string =>
  (ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length).toFixed(1);

/** Each attack in a community of its own, all beside one in which member 0 says honestly what they think. */
export async function rankMoves(
  system: LocalSystem,
  attacks: readonly RankAttack[],
  seed: number,
): Promise<AttackLine[]> {
  const opinions = opinionsOf(seed);
  const found = (name: string) => Club.found(system, `ranks-${seed}-${name}`, {});
  const control = await found("control");
  const attacked = await Promise.all(attacks.map((_, at) => found(`${attacks[0].name[0]}${at}`)));
  const clubs = [control, ...attacked];
  await inAll(clubs, async (club) => {
    for (const member of everybodyBut()) await club.rate(member, opinions[member]);
  });
  const honest = everybodyBut(ATTACKER);
  for (let sum = 0; sum < SUMS_BEFORE + SUMS_OF_ATTACK; sum++) {
    const isBefore = sum < SUMS_BEFORE;
    const senders = Array.from({ length: HONEST_PER_SUM }, (_, n) => {
      return honest[(sum * HONEST_PER_SUM + n) % honest.length];
    });
    await inAll(clubs, async (club, at) => {
      const isHonest = isBefore || at === 0;
      if (!isHonest) await attacks[at - 1].send(club, attacks[at - 1].targetOf(opinions));
      await club.contribute(isHonest ? [ATTACKER, ...senders] : senders);
    });
    await system.drain();
  }
  return Promise.all(
    attacks.map(async ({ name, targetOf }, at) => {
      const target = targetOf(opinions);
      const before = await control.ranks(target);
      const after = await attacked[at].ranks(target);
      const moved = movedBy(before, after);
      return {
        name,
        goal: "no rank moves by more than one",
        measured: `rank ${meanOf(after)} of ${PEOPLE - 1}, moved by ${moved.toFixed(1)}`,
        control: `rank ${meanOf(before)}`,
        holds: moved <= 1,
      };
    }),
  );
}

/** The one whom the others like least, or most. */
export function extreme(opinions: readonly Float32Array[], most: boolean): number {
  const others = everybodyBut(ATTACKER);
  const likedBy = (n: number) =>
    others.reduce((sum, from) => sum + (from === n ? 0 : opinions[from][n]), 0) * (most ? 1 : -1);
  return others.reduce((best, n) => (likedBy(n) > likedBy(best) ? n : best));
}
