/**
 * The wire contract of imports: what an operator asks for, and the lines of the three kinds of files. A file
 * is CSV with a heading; an empty field is one that is not there.
 */
import * as z from "zod/mini";
import { CLOCK_SKEW_MAX_MS, RATING_VALUE_MAX } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import type { ItemMetadata } from "./item.ts";
import { parseItemBody } from "./item-messages.ts";
import { anyItemIdSchema, itemIdSchema, type Parsed, parse } from "./messages.ts";
import { parseMemberChange, userIdSchema } from "./people-messages.ts";

export const IMPORT_KINDS = ["members", "items", "ratings"] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export const importBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    kind: z.enum(IMPORT_KINDS),
    /** Nothing is loaded if a line is wrong. */
    allOrNothing: z.optional(z.boolean()),
  }),
);

/** A member as a line has them. Who is a member already keeps their learning mode. */
export interface MemberLine {
  userId: string;
  learning?: "local" | "hosted";
  /** Without a column of tags they stay as they are. */
  tags?: Record<string, string>;
}

export interface ItemLine {
  itemId: string;
  /** Without it the item is added, or stays as it is. */
  metadata?: ItemMetadata;
}

export interface RatingLine {
  userId: string;
  itemId: string;
  value: number;
  /** Without it the rating counts from when the import was asked for. */
  occurredAtMs?: number;
}

const TAG_PREFIX = "tag.";
const COLUMNS: Record<ImportKind, { needed: string[]; possible: string[]; hasTags: boolean }> = {
  members: { needed: ["userId"], possible: ["learning"], hasTags: true },
  items: { needed: ["itemId"], possible: ["kind", "title", "url", "createdAt"], hasTags: true },
  ratings: { needed: ["userId", "itemId", "value"], possible: ["occurredAt"], hasTags: false },
};

/** A text as somebody wrote it, short enough to be told. */
const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);

/** What is wrong with a heading, or null. */
export function headingFault(kind: ImportKind, heading: readonly string[]): string | null {
  const { needed, possible, hasTags } = COLUMNS[kind];
  const known = [...needed, ...possible];
  const all = [...known, ...(hasTags ? ["tag.NAME"] : [])].join(", ");
  const isKnown = (name: string) => known.includes(name) || (hasTags && name.startsWith(TAG_PREFIX));
  const unknown = heading.find((name) => !isKnown(name));
  if (unknown !== undefined) return `the first line must be a heading of ${all}; it has ${quoted(unknown)}`;
  const missing = needed.find((name) => !heading.includes(name));
  if (missing !== undefined) return `the heading lacks ${missing}`;
  const twice = heading.find((name, n) => heading.indexOf(name) < n);
  return twice === undefined ? null : `the heading has ${quoted(twice)} twice`;
}

/** The first fault of a value, as a reason: the column, then what is wrong with it. */
function told<Value>(parsed: Parsed<Value>, column = ""): Parsed<Value> {
  if (parsed.ok) return parsed;
  const errors = parsed.errors.map(({ pointer, detail }) => ({
    pointer,
    detail: `${pointer.slice(2).replace(/^tags\//, TAG_PREFIX) || column} ${detail}`,
  }));
  return { ok: false, errors };
}

/** The fields of a line by their columns, those that are empty left out; tags apart. */
function fieldsOf(heading: readonly string[], line: readonly string[]) {
  const fields: Record<string, string> = {};
  const tags: [string, string][] = [];
  heading.forEach((name, n) => {
    if (line[n] === "") return;
    if (name.startsWith(TAG_PREFIX)) tags.push([name.slice(TAG_PREFIX.length), line[n]]);
    else fields[name] = line[n];
  });
  return { fields, tags: Object.fromEntries(tags) };
}

const memberLineSchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ userId: userIdSchema, learning: z.optional(z.enum(["local", "hosted"])) }),
);

function parseMemberLine(heading: readonly string[], line: readonly string[]): Parsed<MemberLine> {
  const { fields, tags } = fieldsOf(heading, line);
  const person = parse(memberLineSchema, fields);
  if (!person.ok) return told(person);
  if (!heading.some((name) => name.startsWith(TAG_PREFIX))) return person;
  const change = parseMemberChange({ tags });
  return change.ok ? { ok: true, value: { ...person.value, tags } } : told(change);
}

function parseItemLine(heading: readonly string[], line: readonly string[]): Parsed<ItemLine> {
  const { fields, tags } = fieldsOf(heading, line);
  const { itemId, ...rest } = fields;
  const id = parse(itemIdSchema, itemId);
  if (!id.ok) return told(id, "itemId");
  if (heading.length === 1) return { ok: true, value: { itemId: id.value } };
  const metadata = parseItemBody(Object.keys(tags).length > 0 ? { ...rest, tags } : rest);
  return metadata.ok ? { ok: true, value: { itemId: id.value, metadata: metadata.value } } : told(metadata);
}

const ratingLineSchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    userId: userIdSchema,
    itemId: anyItemIdSchema,
    value: z
      .string("is missing")
      .check(
        z.refine(
          (text) => /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && Math.abs(Number(text)) <= RATING_VALUE_MAX,
          `must be a number from -${RATING_VALUE_MAX} to ${RATING_VALUE_MAX}`,
        ),
      ),
    occurredAt: z.optional(
      z.iso.datetime({ offset: true, error: "is no time such as 2026-05-01T12:00:00Z" }),
    ),
  }),
);

function parseRatingLine(
  heading: readonly string[],
  line: readonly string[],
  nowMs: number,
): Parsed<RatingLine> {
  const parsed = parse(ratingLineSchema, fieldsOf(heading, line).fields);
  if (!parsed.ok) return told(parsed);
  const { userId, itemId, value, occurredAt } = parsed.value;
  const occurredAtMs = occurredAt === undefined ? undefined : Date.parse(occurredAt);
  if (occurredAtMs !== undefined && occurredAtMs - nowMs > CLOCK_SKEW_MAX_MS)
    return told({
      ok: false,
      errors: [{ pointer: "#/occurredAt", detail: "is more than 5 minutes in the future" }],
    });
  return { ok: true, value: { userId, itemId, value: Number(value), occurredAtMs } };
}

const PARSERS = { members: parseMemberLine, items: parseItemLine, ratings: parseRatingLine };

interface LineOf {
  members: MemberLine;
  items: ItemLine;
  ratings: RatingLine;
}

/** Reads one line, or says why it is none. */
export function parseLine<Kind extends ImportKind>(
  kind: Kind,
  heading: readonly string[],
  line: readonly string[],
  nowMs: number,
): { value: LineOf[Kind] } | { reason: string } {
  if (line.length !== heading.length)
    return { reason: `has ${line.length} fields, the heading ${heading.length}` };
  // A decoder puts this character in the place of what it cannot read.
  if (line.some((field) => field.includes("\uFFFD"))) return { reason: "is not UTF-8" };
  const parsed = PARSERS[kind](heading, line, nowMs) as Parsed<LineOf[Kind]>;
  return parsed.ok ? { value: parsed.value } : { reason: parsed.errors[0].detail };
}
