/** The catalogue: what operators have told of content items, by row, and which of its items pass a filter. */
import { DAY_MS } from "../limits.ts";
import { type ItemMetadata, type ListWish, MEMBER_KIND } from "../messages/item.ts";
import { type ItemSet, NOBODY, PERSON } from "./item-set.ts";

export interface CatalogueItem {
  metadata: ItemMetadata;
  createdAtMs?: number;
}

/** By row. Members are not in it, nor items of which nothing is told. */
export type Catalogue = ReadonlyMap<number, CatalogueItem>;

export function catalogueItem(metadata: ItemMetadata): CatalogueItem {
  const { createdAt } = metadata;
  return createdAt === undefined ? { metadata } : { metadata, createdAtMs: Date.parse(createdAt) };
}

export type ItemFilter = Pick<ListWish, "kind" | "tags" | "maxAgeDays">;

type Conditions = Readonly<Record<string, string | readonly string[]>>;
type Tags = Readonly<Record<string, string>>;

/** One test a condition: whether the tag has one of the values. */
function testsOf(conditions: Conditions = {}): ((tags: Tags) => boolean)[] {
  return Object.entries(conditions).map(([name, values]) => {
    const allowed = new Set([values].flat());
    return (tags) => Object.hasOwn(tags, name) && allowed.has(tags[name]);
  });
}

function tagTest({ all, any, none }: NonNullable<ItemFilter["tags"]>): (tags: Tags) => boolean {
  const [needed, wanted, unwanted] = [testsOf(all), testsOf(any), testsOf(none)];
  return (tags) =>
    needed.every((test) => test(tags)) &&
    (wanted.length === 0 || wanted.some((test) => test(tags))) &&
    !unwanted.some((test) => test(tags));
}

const NO_TAGS: Tags = {};

/**
 * Whether the item of a row passes; rows that are nobody's never do. A member is of the kind `member`, and has neither tags nor an
 * age here; what has no age is not as young as a filter asks.
 */
export function filterRows(
  items: ItemSet,
  catalogue: Catalogue,
  { kind, tags, maxAgeDays }: ItemFilter,
  nowMs: number,
): (row: number) => boolean {
  const passesTags = tags && tagTest(tags);
  const oldestMs = maxAgeDays === undefined ? undefined : nowMs - maxAgeDays * DAY_MS;
  const isPlain = kind === undefined && !passesTags && oldestMs === undefined;
  return (row) => {
    if (items.kinds[row] === NOBODY) return false;
    if (isPlain) return true;
    const isMember = items.kinds[row] === PERSON;
    const item = isMember ? undefined : catalogue.get(row);
    if (kind !== undefined && kind !== (isMember ? MEMBER_KIND : item?.metadata.kind)) return false;
    if (oldestMs !== undefined && !((item?.createdAtMs ?? Number.NEGATIVE_INFINITY) >= oldestMs))
      return false;
    return !passesTags || passesTags(item?.metadata.tags ?? NO_TAGS);
  };
}
