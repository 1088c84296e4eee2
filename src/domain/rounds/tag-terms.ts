/** Members' tags as terms of the engine's problem: spread over the groups (`mixTags`) or equal within one (`matchTags`). */
import type { TagTerm } from "../assignment/problem.ts";
import type { Settings } from "../community/settings.ts";

export type Tags = Readonly<Record<string, string>>;

/** What a pair of equals costs under `mixTags`, as a share of a sure liking: about what separates fond from indifferent. */
const MIX_COST = 0.25;

/** Returns a term for each tag that the settings speak of; who lacks a tag neither costs nor is kept apart by it. */
export function tagTerms(
  people: readonly { tags?: Tags }[],
  { mixTags, matchTags }: Pick<Settings, "mixTags" | "matchTags">,
): TagTerm[] {
  const codesOf = (name: string): Int32Array => {
    const codes = new Map<string, number>();
    return Int32Array.from(people, ({ tags }) => {
      const value = tags?.[name];
      if (value === undefined) return -1;
      if (!codes.has(value)) codes.set(value, codes.size);
      return codes.get(value)!;
    });
  };
  return [
    ...mixTags.map((name) => ({ kind: "mix" as const, codes: codesOf(name), weight: MIX_COST })),
    ...matchTags.map((name) => ({ kind: "match" as const, codes: codesOf(name) })),
  ];
}
