/** Values far beyond what an honest member can send: to be at the top of everybody's list, or to freeze what is learnt. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { ATTACKER, biasOnly, type Club, everybodyBut, PEOPLE } from "./club.ts";
import { extreme, rankMoves } from "./rank-moves.ts";

/** From the wildest on; the first that is taken is sent. */
const VALUES = [1e30, 999_999];
/** A sum; 400 are taken in an hour. */
const GRADIENTS = 10;
const SEED = 3;

/** The own row up, or where that is refused everybody else's down. */
async function pushSelf(club: Club): Promise<void> {
  const { modelVersion, factors } = await club.model();
  for (const value of VALUES) {
    const own = new Map([[ATTACKER, biasOnly(factors, -value)]]);
    const others = new Map(everybodyBut(ATTACKER).map((row) => [row, biasOnly(factors, value)]));
    for (const rows of [own, others]) {
      if ((await club.push(modelVersion, rows)) !== 202) continue;
      for (let n = 1; n < GRADIENTS; n++) await club.push(modelVersion, rows);
      return;
    }
  }
}

/** All values of all rows but the own one, up and down in turn: what honest members say then weighs nothing beside it. */
async function shake(club: Club): Promise<void> {
  const { modelVersion, factors } = await club.model();
  const sign = modelVersion % 2 === 0 ? 1 : -1;
  for (const value of VALUES) {
    const wild = new Array<number>(factors + 1).fill(sign * value);
    const rows = new Map(everybodyBut(ATTACKER).map((row) => [row, wild]));
    if ((await club.push(modelVersion, rows)) === 202) return;
  }
}

export const wildValues = (system: LocalSystem): Promise<AttackLine[]> =>
  rankMoves(
    system,
    [
      { name: "wild values: the own rank", targetOf: () => ATTACKER, send: pushSelf },
      {
        name: "wild values: the best liked, shaken",
        targetOf: (opinions) => extreme(opinions, true),
        send: shake,
      },
    ],
    { seed: SEED, honest: PEOPLE - 1, movesMax: 2 },
  );
