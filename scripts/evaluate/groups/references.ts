/** What the system is measured against: the engine on answers that it is told outright, and groups drawn by lot. */
import { assignGroups } from "../../../src/domain/assignment/assign-groups.ts";
import { meetingPenalties } from "../../../src/domain/assignment/pairs/meeting-penalties.ts";
import { pairSpread } from "../../../src/domain/assignment/search/annealing-schedule.ts";
import { balancedGroupSizes } from "../../../src/domain/assignment/sizes.ts";
import type { Settings } from "../../../src/domain/community/settings.ts";
import { shuffle, uniform } from "../../../src/domain/random.ts";
import type { Answers } from "./waves.ts";

/** As many as a draft has. */
const EVALUATIONS_PER_PERSON = 20_000;
const RANDOM_TERMS = 200;

/** Mutual affinity from answers: half for each of the two who likes the other. */
function likings(answers: Answers, size: number): Float32Array {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const value = (Number(answers[i * size + j] > 0) + Number(answers[j * size + i] > 0)) / 2;
      values[i * size + j] = values[j * size + i] = value;
    }
  }
  return values;
}

/** The engine's rounds, one for each of `answers`; a meeting costs `penalty` times the spread of pairs. */
export function engineRounds(
  answers: readonly Answers[],
  size: number,
  penalty: number,
  { groupSize, meetingHalfLifeRounds }: Settings,
  seed: number,
): Int32Array[] {
  const positions = Int32Array.from({ length: size }, (_, i) => i);
  const rounds: Int32Array[] = [];
  for (const told of answers) {
    const values = likings(told, size);
    const past = rounds.map((groupOf, at) => ({ groupOf, age: rounds.length - at }));
    const weight = penalty * pairSpread(size, (i, j) => values[i * size + j], 1);
    const meetings = meetingPenalties(past, { positions, halfLifeRounds: meetingHalfLifeRounds, weight });
    const affinity = { kind: "dense" as const, size, values };
    const problem = { affinity, groupSize, penalty: weight > 0 ? meetings : undefined };
    const options = { seed: seed ^ (rounds.length + 1), evaluationsMax: EVALUATIONS_PER_PERSON * size };
    rounds.push(assignGroups(problem, options).groupOf);
  }
  return rounds;
}

/** Many terms of `count` rounds drawn by lot. */
export function randomTerms(count: number, size: number, groupSize: number, seed: number): Int32Array[][] {
  const next = uniform(seed);
  const sizes = balancedGroupSizes(size, groupSize);
  const places = Int32Array.from(Array.from(sizes).flatMap((members, g) => new Array(members).fill(g)));
  return Array.from({ length: RANDOM_TERMS }, () =>
    Array.from({ length: count }, () => shuffle(places.slice(), next)),
  );
}
