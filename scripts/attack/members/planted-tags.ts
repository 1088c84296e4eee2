/**
 * An operator looks for blocks: tags two members alike, asks for equal tags, and looks whether the draft parts them. No note
 * names who is blocked; what an operator can work out for themselves is measured here, and the README says it.
 */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { areTogether, foundPeople, type People, publishedGroups } from "./people.ts";

const PEOPLE = 8;
const SETTINGS = { groupSize: 2, matchTags: ["planted"], diversityPenalty: 0 };

async function plant({ operator, memberIds }: People, pair: readonly number[]): Promise<void> {
  for (const [n, memberId] of memberIds.entries()) {
    const planted = pair.includes(n) ? "pair" : "others";
    await operator.get("PUT", `/members/${memberId}`, { tags: { planted } });
  }
}

/** The notes of the draft, as far as they name somebody. */
async function namedInNotes({ operator }: People, round: number): Promise<string[]> {
  type Noted = { quality: { notes: { note: string; pairs?: string[][]; members?: string[] }[] } };
  const { quality } = await operator.get<Noted>("GET", `/rounds/${round}`);
  return quality.notes.flatMap(({ note, pairs = [], members = [] }) =>
    note === "alone" ? [...members, ...pairs.flat()] : [],
  );
}

export async function plantedTags(system: LocalSystem, tries: number): Promise<AttackLine[]> {
  const people = await foundPeople(system, "planted-tags", PEOPLE, SETTINGS);
  const { members, memberIds } = people;
  const count = { blocked: 0, parted: 0, free: 0, freeParted: 0, named: 0 };
  for (let attempt = 0; attempt < tries; attempt++) {
    const pair = [attempt % PEOPLE, (attempt + 1 + (attempt % 3)) % PEOPLE];
    const isBlocked = attempt % 2 === 0;
    const path = `/members/me/blocks/${memberIds[pair[1]]}`;
    if (isBlocked) await members[pair[0]].get("PUT", path);
    await plant(people, pair);
    const isParted = !areTogether(await publishedGroups(people), ...pair.map((n) => memberIds[n]));
    count[isBlocked ? "blocked" : "free"]++;
    if (isParted) count[isBlocked ? "parted" : "freeParted"]++;
    count.named += (await namedInNotes(people, attempt + 1)).length;
    if (isBlocked) await members[pair[0]].get("DELETE", path);
  }
  return [
    {
      name: "an operator plants tags to find blocks",
      goal: "no note names anybody for a block; what remains is told",
      measured: `${count.parted} of ${count.blocked} blocked pairs parted, ${count.named} named in notes`,
      control: `not blocked: ${count.freeParted} of ${count.free} parted`,
      holds: count.named === 0,
    },
  ];
}
