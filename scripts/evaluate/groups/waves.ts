/** People who rate each other wave after wave: what the grouping of one wave may know, and what the next wave says of it. */

/** size x size, row-major: what rater i says of ratee j at [i * size + j]; NaN where i says nothing. */
export type Answers = Float32Array;

export interface Wave {
  /** Its number in the file. */
  wave: number;
  /** What the members told their devices in this wave. */
  told: Answers;
  /** What they think in this wave, by which the groups of the wave before are judged. In a file it is what they told. */
  judged: Answers;
}

/** People who come one after the other, known by their tags alone until they have been in a round. */
export interface Arrivals {
  /** The first wave of each person, ascending. */
  waveOf: Int32Array;
  tags: readonly Readonly<Record<string, string>>[];
}

export interface WaveData {
  /** Of the people; person i has row i. */
  names: string[];
  /** In order of time. */
  waves: Wave[];
  /** Camp of each person, where the community was generated with camps. */
  camps?: Int32Array;
  /** Where not everybody is there from the first wave. */
  arrivals?: Arrivals;
}

export const noAnswers = (size: number): Answers => new Float32Array(size * size).fill(Number.NaN);

/** What is known after each wave: a person's answer about another stands until they give a new one. */
export function keptAnswers(waves: readonly Wave[]): Answers[] {
  let kept: Answers | undefined;
  return waves.map(({ told }) => {
    const before = kept;
    kept = told.map((value, at) => (Number.isNaN(value) && before ? before[at] : value));
    return kept;
  });
}
