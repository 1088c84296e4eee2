/** One member against eleven: 216 gradients, each as large as is taken, for the least liked or against the best liked. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { biasOnly, type Club, PEOPLE } from "./club.ts";
import { extreme, type RankAttack, rankMoves } from "./rank-moves.ts";

const LARGEST = 999_999;
/** 400 are taken in an hour. */
const GRADIENTS_A_SUM = 9;

const push = (value: number) => async (club: Club, target: number) => {
  const { modelVersion, factors } = await club.model();
  const rows = new Map([[target, biasOnly(factors, value)]]);
  for (let n = 0; n < GRADIENTS_A_SUM; n++) await club.push(modelVersion, rows);
};

const attacks = (name: string): RankAttack[] => [
  { name: `${name}: the least liked up`, targetOf: (of) => extreme(of, false), send: push(-LARGEST) },
  { name: `${name}: the best liked down`, targetOf: (of) => extreme(of, true), send: push(LARGEST) },
];

/** Sums of everybody, and sums of five, in each of which the attacker is one while the others take turns. */
export async function outvote(system: LocalSystem): Promise<AttackLine[]> {
  const all = { seed: 4, honest: PEOPLE - 1, movesMax: 1 };
  const few = { seed: 5, honest: 4, movesMax: 2 };
  return [
    ...(await rankMoves(system, attacks("outvoting"), all)),
    ...(await rankMoves(system, attacks("outvoting, in every sum of five"), few)),
  ];
}
