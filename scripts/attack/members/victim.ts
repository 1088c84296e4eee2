/**
 * To be grouped with somebody who does not want it: the attacker moves their own row along the victim's, makes everybody else
 * less liked, and shares factors that wish for the victim alone, two hundred times as strong. Beside it, in the same
 * community, an honest member who likes the victim most and nobody else.
 */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { ATTACKER, biasOnly, Club, everybodyBut, inAll, opinionsOf, PEOPLE } from "./club.ts";

const SUMS = 10;
const STRENGTH = 200;
const LARGEST = 999_999;
/** Sums are of everybody, so that both communities of a try take the same steps. */
const SETTINGS = { sumMembersMin: PEOPLE };

/** Somebody who likes the attacker least. */
function victimOf(opinions: readonly Float32Array[]): number {
  const others = everybodyBut(ATTACKER);
  return others.reduce((least, n) => (opinions[n][ATTACKER] < opinions[least][ATTACKER] ? n : least));
}

/** The most harmful gradient that is taken: of the own row, else without it. */
async function pushTowards(club: Club, target: number): Promise<void> {
  const { modelVersion, factors, values } = await club.model();
  const along = values[target].map((value) => -5 * value);
  if ((await club.push(modelVersion, new Map([[ATTACKER, along]]))) === 202) return;
  const rivals = everybodyBut(ATTACKER, target);
  await club.push(modelVersion, new Map(rivals.map((row) => [row, biasOnly(factors, LARGEST)])));
}

/** Two runs of the same members differ by chance: by more than this many spreads of tries that succeed half of the time in 5%. */
const SPREADS = 1.64;

/** Wishes for the victim and for nobody else: along the victim's row, the rater bias against what others get of that. */
async function wishFor(club: Club, target: number): Promise<void> {
  const { values } = await club.model();
  const row = values[target].slice(0, -1);
  const length = row.reduce((sum, value) => sum + value * value, 0);
  const wish = [...row, -0.9 * length].map((value) => STRENGTH * value);
  const largest = Math.max(...wish.map(Math.abs));
  for (const share of [1, Math.min(1, 1000 / largest), 1 / STRENGTH]) {
    const values = wish.map((value) => share * value);
    if ((await club.send("PUT", "/members/me/user-factors", { values })) === 200) return;
  }
}

export async function victim(system: LocalSystem, tries: number): Promise<AttackLine[]> {
  const found = (kind: string) => (_: unknown, at: number) =>
    Club.found(system, `victim-${kind}-${at}`, SETTINGS);
  const opinions = Array.from({ length: tries }, (_, at) => opinionsOf(at + 1));
  const victims = opinions.map(victimOf);
  const attacked = await Promise.all(opinions.map(found("attacked")));
  const honest = await Promise.all(opinions.map(found("honest")));
  const clubs = [...attacked, ...honest];
  await inAll(clubs, async (club, at) => {
    const own = new Array<number>(PEOPLE).fill(-5);
    own[victims[at % tries]] = 5;
    for (const member of everybodyBut(ATTACKER)) await club.rate(member, opinions[at % tries][member]);
    await club.rate(ATTACKER, own);
  });
  for (let sum = 0; sum < SUMS; sum++) {
    await inAll(attacked, (club, at) => pushTowards(club, victims[at]));
    await inAll(attacked, (club) => club.contribute(everybodyBut(ATTACKER)));
    await inAll(honest, (club) => club.contribute(everybodyBut()));
    await system.drain();
  }
  await inAll(attacked, (club) => club.share(everybodyBut(ATTACKER)));
  await inAll(honest, (club) => club.share(everybodyBut()));
  await inAll(attacked, (club, at) => wishFor(club, victims[at]));
  const together = await inAll(clubs, async (club, at) => {
    const groupOf = await club.round();
    return groupOf[ATTACKER] === groupOf[victims[at % tries]];
  });
  const [forced, fair] = [together.slice(0, tries), together.slice(tries)].map(
    (of) => of.filter(Boolean).length,
  );
  return [
    {
      name: "grouped with a chosen victim",
      goal: "no more often than who honestly likes the victim most and nobody else",
      measured: `${forced} of ${tries}`,
      control: `${fair} of ${tries}`,
      holds: forced - fair <= SPREADS * Math.sqrt(tries / 2),
    },
  ];
}
