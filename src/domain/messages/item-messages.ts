/**
 * The wire contract of content items and of lists of them: what an operator tells of an item, and by what a list is filtered.
 * An item's tags are names with one value each, as members' are.
 */
import * as z from "zod/mini";
import { tagNameSchema } from "../community/settings.ts";
import type { FieldError } from "../errors.ts";
import {
  ITEM_TITLE_LENGTH_MAX,
  ITEM_URL_LENGTH_MAX,
  LISTS_PER_REQUEST_MAX,
  PAGE_RECOMMENDATIONS_MAX,
  TAGS_PER_ITEM_MAX,
} from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { type ItemMetadata, type ListWish, MEMBER_KIND } from "./item.ts";
import { type Parsed, parse } from "./messages.ts";

const kind = () => z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "is no name of a kind"));
const tagValue = () => z.string().check(z.minLength(1), z.maxLength(64));

const isShort = (tags: object) => Object.keys(tags).length <= TAGS_PER_ITEM_MAX;

function namedByTag<Schema extends z.ZodMiniType>(value: Schema) {
  return z.record(tagNameSchema, value).check(z.refine(isShort, `holds more than ${TAGS_PER_ITEM_MAX} tags`));
}

/** A record drops a name `__proto__` without a word, so that is told apart, of the input as it came. */
function withoutProto<Value>(
  parsed: Parsed<Value>,
  records: readonly [string, object | undefined][],
): Parsed<Value> {
  const errors = records.flatMap(([pointer, record]): FieldError[] =>
    record && Object.hasOwn(record, "__proto__")
      ? [{ pointer: `${pointer}/__proto__`, detail: "is no name of a tag" }]
      : [],
  );
  return errors.length > 0 ? { ok: false, errors } : parsed;
}

export const itemBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    kind: z.optional(
      kind().check(z.refine((name) => name !== MEMBER_KIND, "is the kind of members, and of nothing else")),
    ),
    title: z.optional(z.string().check(z.minLength(1), z.maxLength(ITEM_TITLE_LENGTH_MAX))),
    url: z.optional(
      z
        .url({ protocol: /^https?$/, error: "is no address such as https://example.com/a" })
        .check(z.maxLength(ITEM_URL_LENGTH_MAX)),
    ),
    createdAt: z.optional(z.iso.datetime({ offset: true, error: "is no time such as 2026-05-01T12:00:00Z" })),
    tags: z.optional(namedByTag(tagValue())),
  }),
);

export function parseItemBody(input: unknown): Parsed<ItemMetadata> {
  const parsed = parse(itemBodySchema, input);
  return parsed.ok ? withoutProto(parsed, [["#/tags", (input as ItemMetadata).tags]]) : parsed;
}

const tagConditions = () =>
  namedByTag(
    z.union([tagValue(), z.array(tagValue()).check(z.minLength(1), z.maxLength(TAGS_PER_ITEM_MAX))]),
  );

const listFields = () => ({
  // z.int brings 1.4 KB into a bundle.
  limit: z.optional(
    z
      .number()
      .check(z.gte(1), z.lte(PAGE_RECOMMENDATIONS_MAX), z.refine(Number.isInteger, "must be a whole number")),
  ),
  kind: z.optional(kind()),
  /** A condition holds where the item has one of the values. `all` must hold, one of `any`, and none of `none`. */
  tags: z.optional(
    z.strictObject({
      all: z.optional(tagConditions()),
      any: z.optional(tagConditions()),
      none: z.optional(tagConditions()),
    }),
  ),
  maxAgeDays: z.optional(z.number().check(z.gte(0), z.lte(100_000))),
  scoreMin: z.optional(z.number().check(z.gte(0), z.lte(1))),
  exclude: z.optional(z.array(z.enum(["met", "rated"])).check(z.maxLength(2))),
});

const listWishSchema = /* @__PURE__ */ schemaOf(() => z.strictObject(listFields()));

export const recommendationsBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    lists: z
      .array(z.strictObject({ name: z.string().check(z.minLength(1), z.maxLength(64)), ...listFields() }))
      .check(z.minLength(1), z.maxLength(LISTS_PER_REQUEST_MAX)),
    /** Whether an item may stand in more than one of the lists. */
    repeat: z.optional(z.boolean()),
  }),
);

/** Parses the lists that are asked for; each has a name of its own. */
export function parseRecommendationsBody(input: unknown): Parsed<z.infer<typeof recommendationsBodySchema>> {
  const parsed = parse(recommendationsBodySchema, input);
  if (!parsed.ok) return parsed;
  const names = parsed.value.lists.map(({ name }) => name);
  const errors = names.flatMap((name, n): FieldError[] =>
    names.indexOf(name) < n ? [{ pointer: `#/lists/${n}/name`, detail: "is the name of a list before" }] : [],
  );
  if (errors.length > 0) return { ok: false, errors };
  const conditions = (input as typeof parsed.value).lists.flatMap(({ tags = {} }, n) =>
    Object.entries(tags).map(([name, record]) => [`#/lists/${n}/tags/${name}`, record] as [string, object]),
  );
  return withoutProto(parsed, conditions);
}

const cursor = () => z.optional(z.string().check(z.regex(/^[0-9a-f]{9,13}$/, "is no cursor")));
const numberText = () => z.string().check(z.regex(/^\d{1,6}(\.\d{1,9})?$/, "must be a number"));
const wishTexts = () => ({
  limit: z.optional(numberText()),
  kind: z.optional(z.string()),
  maxAgeDays: z.optional(numberText()),
  scoreMin: z.optional(numberText()),
  exclude: z.optional(
    z
      .string()
      .check(z.regex(/^((met|rated)(,(met|rated))*)?$/, "must be of met and rated, with commas between")),
  ),
  cursor: cursor(),
});

/** Beside these a query may hold `tag.NAME`: the value that the tag NAME must have. */
export const recommendationsQuerySchema = /* @__PURE__ */ schemaOf(() => z.strictObject(wishTexts()));
export const similarQuerySchema = /* @__PURE__ */ schemaOf(() => {
  const { limit, kind, maxAgeDays, cursor } = wishTexts();
  return z.strictObject({ limit, kind, maxAgeDays, cursor });
});

const TAG_PREFIX = "tag.";

type QueryTexts = Partial<
  Record<"limit" | "kind" | "maxAgeDays" | "scoreMin" | "exclude" | "cursor", string>
>;

export interface ListQuery {
  wish: ListWish;
  cursor?: string;
}

/** Reads a query of texts as the list that a body could ask for, and the cursor. Pointers of errors name the query's own fields. */
export function parseListQuery(
  schema: typeof recommendationsQuerySchema | typeof similarQuerySchema,
  query: Record<string, string | undefined>,
): Parsed<ListQuery> {
  const entries = Object.entries(query);
  const tags = entries.filter(([name]) => name.startsWith(TAG_PREFIX));
  const rest = Object.fromEntries(entries.filter(([name]) => !name.startsWith(TAG_PREFIX)));
  const parsed = parse(schema, rest);
  if (!parsed.ok) return parsed;
  const { cursor, exclude, kind, ...numbers }: QueryTexts = parsed.value;
  const all = Object.fromEntries(tags.map(([name, value]) => [name.slice(TAG_PREFIX.length), value]));
  const wish = withoutProto(
    parse(listWishSchema, {
      ...Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)])),
      ...(kind === undefined ? {} : { kind }),
      ...(exclude === undefined ? {} : { exclude: [...new Set(exclude.split(",").filter(Boolean))] }),
      ...(tags.length === 0 ? {} : { tags: { all } }),
    }),
    [["#/tags/all", all]],
  );
  if (wish.ok) return { ok: true, value: { wish: wish.value, cursor } };
  const errors = wish.errors.map(({ pointer, detail }) => ({
    pointer: pointer.replace(/^#\/tags\/all\/?/, `#/${TAG_PREFIX}`),
    detail,
  }));
  return { ok: false, errors };
}
