/**
 * The wire contract: each message's schema, type and parser together, so that the SDK, the handlers and the OpenAPI page
 * cannot disagree. A parser answers with the value or with the fields that are wrong; it never throws.
 */
import * as z from "zod/mini";
import { settingsSchema } from "../community/settings.ts";
import type { FieldError } from "../errors.ts";
import {
  CLOCK_SKEW_MAX_MS,
  FACTORS_MAX,
  FIELD_ERRORS_MAX,
  GRADIENT_AGE_MAX_MS,
  GRADIENT_VALUE_MAX,
  POINTER_LENGTH_MAX,
  RATING_VALUE_MAX,
  RATINGS_PER_REQUEST_MAX,
  rowsMax,
  SEASON_ROUNDS_MAX,
  USER_FACTOR_MAX,
} from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { isUuidV7, timeOfUuidV7 } from "./uuid-v7.ts";
import { decodeValues, type RowValues } from "./value-encoding.ts";

export type Parsed<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] };

const row = () => z.int().check(z.gte(0), z.lt(rowsMax(1)));
const version = () => z.int().check(z.gte(0));

const name = () =>
  z
    .string("is missing or not a text")
    .check(
      z.regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        "must be 1-64 letters, digits, '.', '_' or '-', first a letter or digit",
      ),
    );
export const communityNameSchema = /* @__PURE__ */ schemaOf(name);
/** Of a content item. It begins with a letter or a digit and a memberId does not, so neither is ever taken for the other. */
export const itemIdSchema = /* @__PURE__ */ schemaOf(name);
export const MEMBER_ID_PREFIX = "_";
/** Of a content item or, by their memberId, of a member. */
export const anyItemIdSchema = /* @__PURE__ */ schemaOf(() =>
  z.string().check(z.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/, "is no itemId")),
);

export const communityBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ settings: z.optional(z.partial(settingsSchema)) }),
);

export const inviteCodeSchema = /* @__PURE__ */ schemaOf(() =>
  z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, "is no invitation's code")),
);

export const memberBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    learning: z.optional(z.enum(["local", "hosted"])),
    paused: z.optional(z.boolean()),
    pausedUntil: z.optional(z.nullable(z.iso.datetime({ offset: true }))),
    skipNextRound: z.optional(z.boolean()),
    optIn: z.optional(z.boolean()),
    invite: z.optional(inviteCodeSchema),
  }),
);

export const seasonBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ rounds: z.int().check(z.gte(1), z.lte(SEASON_ROUNDS_MAX)) }),
);

const gradientIdSchema = /* @__PURE__ */ schemaOf(() =>
  z.string().check(z.refine(isUuidV7, "is not a UUIDv7 in lower case (RFC 9562)")),
);

const gradientFields = () => ({
  id: gradientIdSchema,
  modelVersion: version(),
  rows: z.array(row()).check(z.minLength(1)),
});
export const memberIdSchema = /* @__PURE__ */ schemaOf(() =>
  z.string().check(z.minLength(1), z.maxLength(64)),
);

export const gradientBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.discriminatedUnion("encoding", [
    z.strictObject({
      ...gradientFields(),
      encoding: z.literal("json"),
      values: z.array(z.array(z.number())),
    }),
    z.strictObject({ ...gradientFields(), encoding: z.literal("f32"), values: z.string() }),
    z.strictObject({
      ...gradientFields(),
      encoding: z.literal("i8"),
      values: z.string(),
      scales: z.string(),
    }),
  ]),
);

export const ratingBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    id: gradientIdSchema,
    itemId: anyItemIdSchema,
    value: z.number().check(z.gte(-RATING_VALUE_MAX), z.lte(RATING_VALUE_MAX)),
    occurredAt: z.optional(
      z.iso.datetime({ offset: true, error: "is no time such as 2026-05-01T12:00:00Z" }),
    ),
  }),
);

const userFactor = () => z.number().check(z.gte(-USER_FACTOR_MAX), z.lte(USER_FACTOR_MAX));

export const ratingBatchSchema = /* @__PURE__ */ schemaOf(() =>
  z.array(z.unknown()).check(z.minLength(1), z.maxLength(RATINGS_PER_REQUEST_MAX)),
);

export const userFactorsBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    values: z.array(userFactor()).check(z.minLength(1), z.maxLength(FACTORS_MAX + 1)),
    noiseStdDev: z.optional(z.number().check(z.nonnegative(), z.lte(USER_FACTOR_MAX))),
  }),
);

/** Query values are texts; these parsers read them. */
const wholeNumberText = () => z.string().check(z.regex(/^(0|[1-9]\d{0,14})$/, "must be a whole number"));
export const modelQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    sinceVersion: z.optional(wholeNumberText()),
    /** A join moves no version: with this, a 304 says too that there are no more rows than so many. */
    knownRows: z.optional(wholeNumberText()),
    encoding: z.optional(z.enum(["json", "f32", "i8"])),
  }),
);
export const historyQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ from: z.optional(wholeNumberText()) }),
);
export const assignmentsQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ cursor: z.optional(wholeNumberText()) }),
);
export const roundNumberSchema = /* @__PURE__ */ schemaOf(wholeNumberText);
export const versionNumberSchema = /* @__PURE__ */ schemaOf(wholeNumberText);
export { gradientIdSchema };

/** Cut, because a name in it may be as long as the body. */
function pointerOf(path: readonly PropertyKey[]): string {
  const names = path.map((key) => String(key).slice(0, POINTER_LENGTH_MAX));
  const escaped = names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return `#${escaped.join("")}`.slice(0, POINTER_LENGTH_MAX);
}

/** zod spreads the faults of a field into a call, which takes some 100,000 arguments. */
function safelyParsed<Schema extends z.ZodMiniType>(schema: Schema, input: unknown) {
  try {
    return schema.safeParse(input);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * Parses `input` by `schema`. `at` is where the input stands in the request, for the pointers of errors: of the first faults,
 * where they are many.
 */
export function parse<Schema extends z.ZodMiniType>(
  schema: Schema,
  input: unknown,
  at: readonly string[] = [],
): Parsed<z.infer<Schema>> {
  const result = safelyParsed(schema, input);
  if (!result) return { ok: false, errors: [{ pointer: pointerOf(at), detail: "has too many faults" }] };
  if (result.success) return { ok: true, value: result.data };
  const errors = result.error.issues.slice(0, FIELD_ERRORS_MAX).flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.slice(0, FIELD_ERRORS_MAX).map((key) => ({
        pointer: pointerOf([...path, key]),
        detail: "is not a known field",
      }));
    }
    return [{ pointer: pointerOf(path), detail: issue.message }];
  });
  return { ok: false, errors: errors.slice(0, FIELD_ERRORS_MAX) };
}

/** One client's message: dJ/dy of some rows, made against one model version. */
export interface Gradient {
  id: string;
  modelVersion: number;
  /** Strictly ascending. */
  rows: Uint32Array<ArrayBuffer>;
  /** K+1 values a row. */
  width: number;
  data: RowValues;
}

/** What is wrong with the time in the id of a gradient or a report. */
export function idErrors(id: string, nowMs: number): FieldError[] {
  const ageMs = nowMs - timeOfUuidV7(id);
  if (ageMs > GRADIENT_AGE_MAX_MS) return [{ pointer: "#/id", detail: "is older than 24 hours" }];
  if (ageMs < -CLOCK_SKEW_MAX_MS)
    return [{ pointer: "#/id", detail: "is more than 5 minutes in the future" }];
  return [];
}

function rowErrors(rows: readonly number[], rowCount: number): FieldError[] {
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] >= rowCount) {
      return [
        { pointer: `#/rows/${i}`, detail: `row ${rows[i]} does not exist; there are ${rowCount} rows` },
      ];
    }
    if (i > 0 && rows[i] <= rows[i - 1]) {
      return [{ pointer: `#/rows/${i}`, detail: "rows must be strictly ascending" }];
    }
  }
  return [];
}

/** The first fault in the two long lists of a gradient: of a body full of faults the rest is never looked at. */
function firstFault(input: unknown): FieldError[] {
  const { rows, values } = (input ?? {}) as { rows?: unknown; values?: unknown };
  const at = Array.isArray(rows) ? rows.findIndex((one) => !(Number.isSafeInteger(one) && one >= 0)) : -1;
  if (at >= 0) return [{ pointer: `#/rows/${at}`, detail: "is no row: a whole number from 0" }];
  for (const [row, numbers] of Array.isArray(values) ? values.entries() : []) {
    if (!Array.isArray(numbers)) return [{ pointer: `#/values/${row}`, detail: "is no list of numbers" }];
    const wrong = numbers.findIndex((one) => !Number.isFinite(one));
    if (wrong >= 0) return [{ pointer: `#/values/${row}/${wrong}`, detail: "is no number" }];
  }
  return [];
}

/** Nobody moves their own row: it says who likes them. Zeros are let through, for devices that send every row. */
function ownRowErrors({ rows, width, data }: Gradient, ownRow: number | undefined): FieldError[] {
  const at = ownRow === undefined ? -1 : rows.indexOf(ownRow);
  if (at < 0) return [];
  const isZero = (value: number) => value === 0;
  const values = data.values.subarray(at * width, (at + 1) * width);
  if (values.every(isZero) || (data.kind === "i8" && data.scales[at] === 0)) return [];
  return [{ pointer: `#/rows/${at}`, detail: `row ${ownRow} is your own, and may only be zero` }];
}

/**
 * Parses a posted gradient against the community's model: `rowCount` rows of K+1 = `width` values, at `modelVersion`.
 * `ownRow` is the sender's.
 */
export function parseGradient(
  input: unknown,
  model: { rowCount: number; width: number; modelVersion: number; ownRow?: number },
  nowMs: number,
): Parsed<Gradient> {
  const fault = firstFault(input);
  if (fault.length > 0) return { ok: false, errors: fault };
  const parsed = parse(gradientBodySchema, input);
  if (!parsed.ok) return parsed;
  const body = parsed.value;
  const errors = [...idErrors(body.id, nowMs), ...rowErrors(body.rows, model.rowCount)];
  if (body.modelVersion > model.modelVersion) {
    const detail = `is ahead of the model, which is at version ${model.modelVersion}`;
    errors.push({ pointer: "#/modelVersion", detail });
  }
  if (errors.length > 0) return { ok: false, errors };
  const data = decodeValues(body, body.rows.length, model.width, GRADIENT_VALUE_MAX);
  if ("errors" in data) return { ok: false, errors: data.errors };
  const { id, modelVersion } = body;
  const { width, ownRow } = model;
  const gradient = { id, modelVersion, rows: Uint32Array.from(body.rows), width, data };
  const own = ownRowErrors(gradient, ownRow);
  return own.length > 0 ? { ok: false, errors: own } : { ok: true, value: gradient };
}

/** A rating as it was posted: of an item, at a time. */
export interface PostedRating {
  id: string;
  itemId: string;
  value: number;
  occurredAtMs: number;
}

/** Parses a posted rating; without `occurredAt` it counts from the time of its id. */
export function parseRating(input: unknown, nowMs: number): Parsed<PostedRating> {
  const parsed = parse(ratingBodySchema, input);
  if (!parsed.ok) return parsed;
  const { id, itemId, value, occurredAt } = parsed.value;
  const occurredAtMs = occurredAt === undefined ? timeOfUuidV7(id) : Date.parse(occurredAt);
  const errors = idErrors(id, nowMs);
  if (occurredAtMs - nowMs > CLOCK_SKEW_MAX_MS) {
    errors.push({ pointer: "#/occurredAt", detail: "is more than 5 minutes in the future" });
  }
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: { id, itemId, value, occurredAtMs } };
}
