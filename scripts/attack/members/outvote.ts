/** One member against eleven: sixty gradients a sum, each as large as is taken, for the least liked or against the best liked. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { biasOnly, type Club } from "./club.ts";
import { extreme, rankMoves } from "./rank-moves.ts";

const LARGEST = 999_999;
const SEED = 4;
/** 240 are taken in an hour. */
const GRADIENTS_A_SUM = 9;

const push = (value: number) => async (club: Club, target: number) => {
  const { modelVersion, factors } = await club.model();
  const rows = new Map([[target, biasOnly(factors, value)]]);
  for (let n = 0; n < GRADIENTS_A_SUM; n++) await club.push(modelVersion, rows);
};

export const outvote = (system: LocalSystem): Promise<AttackLine[]> =>
  rankMoves(
    system,
    [
      { name: "outvoting: the least liked up", targetOf: (of) => extreme(of, false), send: push(-LARGEST) },
      { name: "outvoting: the best liked down", targetOf: (of) => extreme(of, true), send: push(LARGEST) },
    ],
    SEED,
  );
