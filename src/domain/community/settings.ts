/**
 * A community's settings: how its model learns and how its groups are made. One schema gives type, check, defaults and
 * OpenAPI. Null stands for the rule that fits the community, or for no bound.
 */
import * as z from "zod/mini";
import type { FieldError } from "../errors.ts";
import { FACTORS_MAX, GRADIENTS_PER_SUM_MAX, MEETING_MINUTES_MAX, TAGS_PER_MEMBER_MAX } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { cadenceSchema } from "./cadence.ts";

// Past these bounds a row could become NaN, or a model diverge for sure.
const WEIGHT_MAX = 10_000;
const REGULARIZATION_MAX = 100_000;
const LEARNING_RATE_MAX = 1_000;
const CLIP_NORM_MAX = 1_000_000;
const DIVERSITY_PENALTY_MAX = 1_000_000;
/** A u32 in matrix blocks. */
const VERSION_MAX = 0xffff_ffff;

const positive = (most: number) => z.number().check(z.positive(), z.lte(most));
const notNegative = (most: number) => z.number().check(z.nonnegative(), z.lte(most));

/** A name that can be neither mistaken for a number nor for a property of objects. */
export const tagNameSchema = /* @__PURE__ */ schemaOf(() =>
  z
    .string()
    .check(
      z.regex(
        /^[A-Za-z][A-Za-z0-9._-]{0,63}$/,
        "must be 1-64 letters, digits, '.', '_' or '-', first a letter",
      ),
    ),
);
const tagNames = () => z.array(tagNameSchema).check(z.maxLength(TAGS_PER_MEMBER_MAX));
/** A share of one member is an int16 by so many: of more members each would have less than five bits. */
const SUM_MEMBERS_MAX = 1_000;
const groupSize = () => z.int().check(z.gte(2), z.lte(100));

/** How groups are made: what may differ between the arms of an experiment. */
export const groupingFields = () => ({
  groupSize: groupSize(),
  groupSizeMin: z.nullable(groupSize()),
  groupSizeMax: z.nullable(groupSize()),
  objective: z.enum(["total", "fair"]),
  mixTags: tagNames(),
  matchTags: tagNames(),
  hostTag: z.nullable(tagNameSchema),
  diversityPenalty: notNegative(DIVERSITY_PENALTY_MAX),
  meetingHalfLifeRounds: z.number().check(z.gte(0.1), z.lte(1_000)),
  rematchWindowRounds: z.int().check(z.gte(0), z.lte(1_000)),
});
const keptVersion = () => z.int().check(z.gte(0), z.lte(VERSION_MAX));

/** A share of the members is served another kept version, is grouped by other settings, or both. */
const experimentSchema = () =>
  z
    .strictObject({
      share: z.number().check(z.gte(0.01), z.lte(0.99)),
      version: z.optional(keptVersion()),
      settings: z.optional(z.partial(z.strictObject(groupingFields()))),
    })
    .check(
      z.refine(
        ({ version, settings }) => version !== undefined || Object.keys(settings ?? {}).length > 0,
        "names neither a version nor settings, so both arms would be the same",
      ),
    );

export const settingsSchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    join: z.enum(["open", "invite", "approval"]),
    factors: z.int().check(z.gte(1), z.lte(FACTORS_MAX)),
    alpha: z.nullable(notNegative(WEIGHT_MAX)),
    regularization: z.nullable(notNegative(REGULARIZATION_MAX)),
    silenceWeight: z.nullable(notNegative(WEIGHT_MAX)),
    learningRate: z.nullable(positive(LEARNING_RATE_MAX)),
    optimizer: z.enum(["adam", "sgd", "adagrad"]),
    aggregation: z.enum(["mean", "sum"]),
    clipNorm: z.nullable(positive(CLIP_NORM_MAX)),
    stalenessVersionsMax: z.nullable(z.int().check(z.gte(0), z.lte(1_000_000))),
    gradientsPerHourMax: z.nullable(z.int().check(z.gte(1), z.lte(1_000_000))),
    sumMembersMin: z.int().check(z.gte(1), z.lte(1_000)),
    sumSecondsMin: z.number().check(z.gte(0), z.lte(900)),
    sumHoursMax: z.int().check(z.gte(1), z.lte(168)),
    gradientsPerSumMax: z.nullable(z.int().check(z.gte(1), z.lte(GRADIENTS_PER_SUM_MAX))),
    sums: z.enum(["plain", "secure"]),
    sumMembersMax: z.int().check(z.gte(2), z.lte(SUM_MEMBERS_MAX)),
    clipFactor: positive(CLIP_NORM_MAX),
    clipBias: positive(CLIP_NORM_MAX),
    ...groupingFields(),
    participation: z.enum(["everyone", "opt-in"]),
    assignmentIntervalSeconds: z.number().check(z.gte(0), z.lte(900)),
    cadence: z.nullable(cadenceSchema),
    pinnedVersion: z.nullable(keptVersion()),
    experiment: z.nullable(experimentSchema()),
    meetingMinutes: z.nullable(z.int().check(z.gte(15), z.lte(MEETING_MINUTES_MAX))),
    roundGapMinutes: z.int().check(z.gte(0), z.lte(720)),
    pauseAfterMissedRounds: z.nullable(z.int().check(z.gte(1), z.lte(20))),
  }),
);

export type Settings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: Settings = {
  join: "open",
  factors: 16,
  alpha: null,
  regularization: null,
  silenceWeight: null,
  learningRate: null,
  optimizer: "adam",
  aggregation: "mean",
  clipNorm: 2,
  stalenessVersionsMax: null,
  gradientsPerHourMax: 240,
  sumMembersMin: 5,
  sumSecondsMin: 5,
  sumHoursMax: 24,
  gradientsPerSumMax: 1,
  sums: "plain",
  sumMembersMax: 256,
  clipFactor: 1,
  clipBias: 5,
  groupSize: 4,
  groupSizeMin: null,
  groupSizeMax: null,
  objective: "total",
  mixTags: [],
  matchTags: [],
  hostTag: null,
  participation: "everyone",
  diversityPenalty: 1.25,
  meetingHalfLifeRounds: 8,
  rematchWindowRounds: 0,
  assignmentIntervalSeconds: 60,
  cadence: null,
  pinnedVersion: null,
  experiment: null,
  meetingMinutes: null,
  roundGapMinutes: 0,
  pauseAfterMissedRounds: 3,
};

/** The two arms of an experiment; without one everybody is in the main arm. */
export type Arm = "main" | "experiment";

/** The settings by which the members of an arm are grouped. */
export function settingsOfArm(settings: Settings, arm: Arm): Settings {
  return arm === "main" ? settings : { ...settings, ...settings.experiment?.settings };
}

/** The kept version that the members of an arm are served; null: the model as it is. */
export function versionOfArm({ pinnedVersion, experiment }: Settings, arm: Arm): number | null {
  return (arm === "experiment" ? experiment?.version : undefined) ?? pinnedVersion;
}

/** The kept versions that readers are served, by where the settings name them. They must stay kept. */
export function servedVersions({ pinnedVersion, experiment }: Settings): Map<number, string> {
  const served = new Map<number, string>();
  if (experiment?.version !== undefined) served.set(experiment.version, "#/settings/experiment/version");
  if (pinnedVersion !== null) served.set(pinnedVersion, "#/settings/pinnedVersion");
  return served;
}

function groupSizeErrors({ groupSize, groupSizeMin, groupSizeMax }: Settings, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (groupSizeMin !== null && groupSizeMin > groupSize)
    errors.push({ pointer: `${at}/groupSizeMin`, detail: `is over groupSize, which is ${groupSize}` });
  if (groupSizeMax !== null && groupSizeMax < groupSize)
    errors.push({ pointer: `${at}/groupSizeMax`, detail: `is under groupSize, which is ${groupSize}` });
  return errors;
}

function sumErrors({ sums, sumMembersMin, sumMembersMax }: Settings): FieldError[] {
  if (sums === "plain" || sumMembersMin <= sumMembersMax) return [];
  const detail = `is under sumMembersMin, which is ${sumMembersMin}`;
  return [{ pointer: "#/settings/sumMembersMax", detail }];
}

/** What is wrong with settings that are each right alone. */
export function settingsErrors(settings: Settings): FieldError[] {
  const { gradientsPerHourMax, sumHoursMax } = settings;
  const errors = sumErrors(settings);
  if ((gradientsPerHourMax ?? 0) * sumHoursMax > GRADIENTS_PER_SUM_MAX) {
    const most = Math.floor(GRADIENTS_PER_SUM_MAX / sumHoursMax);
    const detail = `is over ${most}, so one member alone could fill a sum, which waits for ${sumHoursMax} hours`;
    errors.push({ pointer: "#/settings/gradientsPerHourMax", detail });
  }
  errors.push(...groupSizeErrors(settings, "#/settings"));
  if (errors.length === 0 && settings.experiment)
    errors.push(...groupSizeErrors(settingsOfArm(settings, "experiment"), "#/settings/experiment/settings"));
  return errors;
}
