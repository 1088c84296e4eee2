/**
 * Members' tags as terms of the engine's problem: spread over the groups (`mixTags`), equal within one
 * (`matchTags`), or one carrier in each (`hostTag`).
 */
import type { TagTerm } from "../assignment/problem.ts";
import type { Settings } from "../community/settings.ts";

export type Tags = Readonly<Record<string, string>>;

/** What a pair of equals costs under `mixTags`, as a share of a sure liking: about what separates fond from indifferent. */
const MIX_COST = 0.25;

/**
 * What two carriers of `hostTag` in one group cost, as a share of a sure liking. The fewest such pairs are
 * those of carriers that are spread evenly: one in each group where there are as many as groups.
 */
const HOST_COST = 1;

type TagSettings = Pick<Settings, "mixTags" | "matchTags" | "hostTag">;

/** Returns the tags that the settings name and none of the people carries. */
export function unusedTags(
  people: readonly { tags?: Tags }[],
  { mixTags, matchTags, hostTag }: TagSettings,
): string[] {
  const named = new Set([...mixTags, ...matchTags, ...(hostTag === null ? [] : [hostTag])]);
  return [...named].filter((name) => people.every(({ tags }) => tags?.[name] === undefined));
}

/** Returns a term for each tag that the settings speak of; who lacks a tag neither costs nor is kept apart by it. */
export function tagTerms(
  people: readonly { tags?: Tags }[],
  { mixTags, matchTags, hostTag }: TagSettings,
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
    ...(hostTag === null
      ? []
      : [{ kind: "mix" as const, codes: carriers(people, hostTag), weight: HOST_COST }]),
  ];
}

/** 0 of who carries a tag, whatever its value, -1 of others. */
function carriers(people: readonly { tags?: Tags }[], name: string): Int32Array {
  return Int32Array.from(people, ({ tags }) => (tags?.[name] === undefined ? -1 : 0));
}

/** Returns how many groups have no carrier of the tag, and how many have several. */
export function hostsOf(
  people: readonly { tags?: Tags }[],
  groups: readonly (readonly number[])[],
  hostTag: string,
): { without: number; several: number } {
  const isHost = carriers(people, hostTag);
  const counts = groups.map((members) => members.filter((person) => isHost[person] === 0).length);
  return {
    without: counts.filter((count) => count === 0).length,
    several: counts.filter((count) => count > 1).length,
  };
}
