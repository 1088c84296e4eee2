/**
 * An operator looks for blocks in what the console shows: rounds with their pair lines, and previews of the
 * draft with one penalty after the other, as many as an hour allows. Whoever is seen together is not blocked;
 * the guess falls on a pair that never was.
 */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { areTogether, type Caller, foundPeople } from "./people.ts";

const PEOPLE = 12;
const SETTINGS = { groupSize: 4, diversityPenalty: 1.25 };
const PENALTIES = Array.from({ length: 30 }, (_, n) => n / 6);

interface Looked {
  groups: { members: { memberId: string }[] }[];
  pairs: { members: string[] }[];
}

const groupsOf = ({ groups }: Looked): string[][] =>
  groups.map(({ members }) => members.map(({ memberId }) => memberId));

/** All partitions that an operator can look at. */
async function partitionsSeen(operator: Caller): Promise<Looked[]> {
  const seen: Looked[] = [await operator.get<Looked>("GET", "/rounds/draft?pairs=true")];
  for (const [at, diversityPenalty] of PENALTIES.entries()) {
    const settings = {
      diversityPenalty,
      objective: at % 2 === 0 ? "total" : "fair",
      groupSize: 3 + (at % 2),
    };
    const preview = await operator.call("POST", "/rounds/preview", { settings });
    if (preview.status === 200) seen.push(preview.body as Looked);
  }
  return seen;
}

async function draftIsMade(operator: Caller): Promise<void> {
  while ((await operator.call("GET", "/rounds/draft")).status !== 200)
    await new Promise((again) => setTimeout(again, 50));
}

export async function previewedBlocks(system: LocalSystem, tries: number): Promise<AttackLine[]> {
  let [found, guessed, suspects, apart, tooLarge] = [0, 0, 0, 0, 0];
  const attempts = Math.max(1, Math.min(tries, 4));
  for (let attempt = 0; attempt < attempts; attempt++) {
    const people = await foundPeople(system, `previewed-${attempt}`, PEOPLE, SETTINGS);
    const { operator, members, memberIds } = people;
    await members[0].get("PUT", `/members/me/blocks/${memberIds[1]}`);
    await system.drain();
    await draftIsMade(operator);
    const seen = await partitionsSeen(operator);
    const pairs = memberIds.flatMap((one, n) => memberIds.slice(n + 1).map((other) => [one, other]));
    const never = pairs.filter((pair) => !seen.some((look) => areTogether(groupsOf(look), ...pair)));
    const isBlockedPair = ([one, other]: string[]) => one === memberIds[0] && other === memberIds[1];
    suspects += never.length;
    guessed += never.length > 0 ? 1 / never.length : 0;
    found += never.length === 1 && isBlockedPair(never[0]) ? 1 : 0;
    apart += seen.flatMap((look) => {
      const groups = groupsOf(look);
      return look.pairs.filter((line) => !areTogether(groups, ...line.members));
    }).length;
    const large = await operator.call("POST", "/rounds/preview", { settings: { groupSize: PEOPLE } });
    tooLarge += large.status === 400 ? 1 : 0;
  }
  return [
    {
      name: "an operator looks for blocks in pair lines and previews",
      goal: "no line for a pair that is apart, no preview of one large group; what remains is told",
      measured: `${apart} lines apart, ${tooLarge} of ${attempts} large previews refused; blocked pair alone left in ${found} of ${attempts}`,
      control: `of 66 pairs ${(suspects / attempts).toFixed(1)} never seen together: a guess is right ${((100 * guessed) / attempts).toFixed(0)}%, by chance 2%`,
      holds: apart === 0 && tooLarge === attempts,
    },
  ];
}
