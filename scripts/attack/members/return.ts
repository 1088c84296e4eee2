/** A blocked member leaves and comes back under a new handle before each round, to be grouped with who blocked them. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { areTogether, foundPeople, publishedGroups } from "./people.ts";

/** With default settings four people are one group. */
const PEOPLE = 4;
/** A return is a change of one's membership, of which there are thirty an hour. */
const RETURNS_MAX = 25;

/** In how many rounds the two are together. */
async function meetings(system: LocalSystem, rounds: number, isBlocked: boolean): Promise<number> {
  const people = await foundPeople(system, `return-${isBlocked}`, PEOPLE);
  const [victim, attacker] = people.members;
  const [victimId, attackerId] = people.memberIds;
  if (isBlocked) await victim.get("PUT", `/members/me/blocks/${attackerId}`);
  let together = 0;
  for (let round = 0; round < rounds; round++) {
    await attacker.get("DELETE", "/members/me");
    const returned = await attacker.join();
    if (returned && areTogether(await publishedGroups(people), victimId, returned)) together++;
  }
  return together;
}

export async function returnAfterBlock(system: LocalSystem, tries: number): Promise<AttackLine[]> {
  const rounds = Math.min(tries, RETURNS_MAX);
  const [control, measured] = [await meetings(system, rounds, false), await meetings(system, rounds, true)];
  return [
    {
      name: "coming back after a block",
      goal: "never together",
      measured: `together in ${measured} of ${rounds} rounds`,
      control: `not blocked: ${control} of ${rounds}`,
      holds: measured === 0 && control === rounds,
    },
  ];
}
