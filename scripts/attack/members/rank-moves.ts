/** How far one member moves somebody in the lists of the others, beside the same community without the attack. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { ATTACKER, Club, everybodyBut, inAll, opinionsOf, PEOPLE } from "./club.ts";

/** Sums before the attack, with it, and after it, when everybody has changed their mind about the best liked. */
const SUMS = { before: 6, attack: 24, after: 8 };
const DISLIKED = -5;

export interface RankAttack {
  name: string;
  /** Whose place is to move. */
  targetOf: (opinions: readonly Float32Array[]) => number;
  /** What the attacker sends before each sum. */
  send: (club: Club, target: number) => Promise<void>;
}

/** Who is in a sum with the attacker, and how far they let a rank be moved. */
interface Company {
  seed: number;
  /** Honest members in each sum, taking turns. */
  honest: number;
  movesMax: number;
}

const mean = (ranks: readonly number[]): number => ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;

/** The mean over members of how far `target` stands in their lists from where it stands without the attack. */
async function comparedRank(club: Club, control: Club, target: number) {
  const [attacked, usual] = [mean(await club.ranks(target)), mean(await control.ranks(target))];
  return { attacked, usual, moved: Math.abs(attacked - usual) };
}

function lineOf(name: string, rank: Awaited<ReturnType<typeof comparedRank>>, movesMax: number): AttackLine {
  return {
    name,
    goal: `no rank moves by more than ${movesMax}`,
    measured: `rank ${rank.attacked.toFixed(1)}, moved by ${rank.moved.toFixed(1)}`,
    control: `rank ${rank.usual.toFixed(1)} of ${PEOPLE - 1}`,
    holds: rank.moved <= movesMax,
  };
}

/** Each attack in a community of its own, all beside one in which member 0 says honestly what they think. */
export async function rankMoves(
  system: LocalSystem,
  attacks: readonly RankAttack[],
  { seed, honest, movesMax }: Company,
): Promise<AttackLine[]> {
  const opinions = opinionsOf(seed);
  const targets = attacks.map(({ targetOf }) => targetOf(opinions));
  const favourite = extreme(opinions, true);
  const clubs = await Promise.all(
    Array.from({ length: attacks.length + 1 }, (_, at) =>
      Club.found(system, `ranks-${seed}-${at}`, { sumMembersMin: honest + 1 }),
    ),
  );
  const [control, ...attacked] = clubs;
  await inAll(clubs, async (club) => {
    for (const member of everybodyBut()) await club.rate(member, opinions[member]);
  });
  let turn = 0;
  const commitSums = async (sums: number, isAttack: boolean) => {
    for (let sum = 0; sum < sums; sum++) {
      const company = Array.from({ length: honest }, () => 1 + (turn++ % (PEOPLE - 1)));
      await inAll(clubs, async (club, at) => {
        const attack = isAttack ? attacks[at - 1] : undefined;
        await attack?.send(club, targets[at - 1]);
        await club.contribute(attack ? company : [ATTACKER, ...company]);
      });
      await system.drain();
    }
  };
  await commitSums(SUMS.before, false);
  await commitSums(SUMS.attack, true);
  const moved = await inAll(attacked, (club, at) => comparedRank(club, control, targets[at]));
  await inAll(clubs, async (club) => {
    const opinion = new Float32Array(PEOPLE).fill(Number.NaN);
    opinion[favourite] = DISLIKED;
    for (const member of everybodyBut(ATTACKER, favourite)) await club.rate(member, opinion);
  });
  await commitSums(SUMS.after, false);
  const learnt = await inAll(attacked, (club) => comparedRank(club, control, favourite));
  return attacks.flatMap(({ name }, at) => [
    lineOf(name, moved[at], movesMax),
    lineOf("  what all change their minds about next", learnt[at], movesMax),
  ]);
}

/** The one whom the others like least, or most. */
export function extreme(opinions: readonly Float32Array[], most: boolean): number {
  const others = everybodyBut(ATTACKER);
  const likedBy = (n: number) =>
    others.reduce((sum, from) => sum + (from === n ? 0 : opinions[from][n]), 0) * (most ? 1 : -1);
  return others.reduce((best, n) => (likedBy(n) > likedBy(best) ? n : best));
}
