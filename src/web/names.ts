/**
 * What members are called. By the name that they gave; to operators else by their userId. A handle stands
 * alone only if there is no name.
 */
import type { Person } from "./answers.ts";
import { type CommunityCalls, everyPage } from "./calls.ts";

export type NameOf = (memberId: string) => string;

export const shortHandle = (memberId: string): string => memberId.slice(0, 8);

export function namesOf(people: readonly Person[]): NameOf {
  const names = new Map(
    people.flatMap(({ memberId, displayName, userId }) => {
      const name = displayName ?? userId;
      return memberId && name ? [[memberId, name] as const] : [];
    }),
  );
  return (memberId) => names.get(memberId) ?? shortHandle(memberId);
}

export async function readNames(calls: CommunityCalls): Promise<NameOf> {
  return namesOf(await everyPage<Person>(calls, "/members", "members"));
}
