/**
 * The rule by which a member's answers, their silence and the regularization are weighed. It needs no setting from 8 people
 * who rated 7 others to a catalogue of thousands; docs/evidence.md has what it was measured on.
 *
 * - Regularization grows with the answers (weighted-lambda, Zhou et al. 2008): lambda_u = sum of c w_ui over u's answers + .1.
 * - A member who knows most of the others fits what they said; one who has met few of many must be guessed from others. So c
 *   runs from .05 for the familiar to .25. About things it is .05 and the share of one answer, so that few answers fit less.
 * - Silence about people weighs in total as much as the answers, times the familiarity: who has met a tenth of the others has
 *   not turned the rest down. Silence about things weighs 1 each, and at most 25 times the answers.
 */
import { RATING_STRENGTH_MAX } from "../limits.ts";
import { REGULARIZATION_BASE } from "../model/optimizer.ts";
import { CONTENT, type ItemSet, NOBODY, PERSON } from "./item-set.ts";

export interface LearningRule {
  /** K, without the bias. */
  factors: number;
  /** What a rating of strength 1 adds to the weight of an answer; null for 1. */
  alpha: number | null;
  /** lambda, the same for everybody; null for the rule above. */
  regularization: number | null;
  /** The weight of an unrated row; null for the rule above. */
  silenceWeight: number | null;
}

/** What one device holds: `values[n]` is the rating of item `rows[n]`; rows strictly ascending. */
export interface Ratings {
  rows: Uint32Array;
  /** Above 0 a liking, below 0 an aversion, its size the strength. */
  values: Float32Array;
  /** The member's own row among the items. Nobody rates themselves, so it counts neither way. */
  ownRow?: number;
}

export interface Weights {
  /** Of an unrated row, by kind. */
  silence: readonly [person: number, content: number, nobody: number];
  /** lambda_u */
  regularization: number;
  /** The part of lambda_u that draws x_u to the member's own row y_u; the rest draws it to 0. */
  drawToOwnRow: number;
  /** c, by kind: a rated row bears c w_ui of regularization for each rater; 0 where the server bears it all. */
  observed: readonly [person: number, content: number, nobody: number];
}

const FIT_FAMILIAR = 0.05;
const FIT_STRANGE = 0.25;
/** The share of the others that a member must have rated to be familiar with the community. */
const FAMILIAR_SHARE = 0.25;
/** Counted on top of those rated, so that the first answers in a small community are not taken for those of a stranger. */
const KNOWN_AT_FIRST = 2;
const CONTENT_SILENCE_MAX = 25;
/** Keeps a solve definite where a community sets lambda = 0; far below anything float32 factors can tell. */
const REGULARIZATION_MIN = 1e-6;

/** w_ui of an answer, for which a rating is never stronger than five stars. */
export function confidenceOf(value: number, { alpha }: LearningRule): number {
  return 1 + (alpha ?? 1) * Math.min(RATING_STRENGTH_MAX, Math.abs(value));
}

/** How the ratings of one member weigh, by the rule or by the settings that stand in its place. */
export function weigh(items: ItemSet, ratings: Ratings, rule: LearningRule): Weights {
  const answers = [0, 0];
  const counts = [0, 0];
  for (let n = 0; n < ratings.rows.length; n++) {
    const kind = items.kinds[ratings.rows[n]];
    if (ratings.rows[n] === ratings.ownRow || kind === NOBODY) continue;
    answers[kind] += confidenceOf(ratings.values[n], rule);
    counts[kind]++;
  }
  const others = rowsOf(items.people) - (isPerson(items, ratings.ownRow) ? 1 : 0);
  const familiarity = Math.min(1, (counts[PERSON] + KNOWN_AT_FIRST) / (FAMILIAR_SHARE * Math.max(1, others)));
  const silentPeople = Math.max(1, others - counts[PERSON]);
  const silentContent = Math.max(1, rowsOf(items.content) - counts[CONTENT]);
  const silence =
    rule.silenceWeight === null
      ? ([
          Math.min(1, (familiarity * answers[PERSON]) / silentPeople),
          Math.min(1, (CONTENT_SILENCE_MAX * answers[CONTENT]) / silentContent),
          0,
        ] as const)
      : ([rule.silenceWeight, rule.silenceWeight, 0] as const);
  if (rule.regularization !== null) {
    const regularization = Math.max(rule.regularization, REGULARIZATION_MIN);
    return { silence, regularization, drawToOwnRow: 0, observed: [0, 0, 0] };
  }
  const fit = FIT_FAMILIAR + (FIT_STRANGE - FIT_FAMILIAR) * (1 - familiarity);
  const fitThings = FIT_FAMILIAR + 1 / Math.max(1, counts[CONTENT]);
  const ofPeople = fit * answers[PERSON] + REGULARIZATION_BASE;
  return {
    silence,
    regularization: ofPeople + fitThings * answers[CONTENT],
    drawToOwnRow: isPerson(items, ratings.ownRow) ? ofPeople : 0,
    observed: [fit, fitThings, 0],
  };
}

/** How many rows a Gram matrix sums. */
const rowsOf = (gram: Float64Array): number => gram[gram.length - 1];

function isPerson({ kinds }: ItemSet, row: number | undefined): row is number {
  return row !== undefined && kinds[row] === PERSON;
}
