/** A member changes their own membership three times a second, by pauses or by blocks, while an operator publishes a round. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { addCrowd, type Caller, foundPeople, type People } from "./people.ts";

const INTERVAL_MS = 333;
const ROUNDS = 2;
/** An API function has 29 s; a round that takes twice as long as without the attack still comes in good time. */
const SECONDS_MAX = 10;

type Toggle = (attacker: Caller, people: People, at: number) => Promise<unknown>;

const pause: Toggle = (attacker, _, at) => attacker.call("PUT", "/members/me", { paused: at % 2 === 0 });
const block: Toggle = (attacker, { memberIds }, at) =>
  attacker.call(at % 2 === 0 ? "PUT" : "DELETE", `/members/me/blocks/${memberIds[1]}`);

/** Publishes rounds while somebody toggles; the statuses and the longest time. */
async function publishWhile(people: People, toggle: Toggle | null) {
  let isOver = false;
  const toggling = (async () => {
    for (let at = 0; !isOver && toggle; at++) {
      await toggle(people.members[0], people, at);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
  })();
  const statuses: number[] = [];
  let seconds = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { status, ms } = await people.operator.call("POST", "/rounds");
    statuses.push(status);
    seconds = Math.max(seconds, ms / 1000);
  }
  isOver = true;
  await toggling;
  return { published: statuses.filter((status) => status === 201).length, seconds };
}

export async function toggleMembership(
  system: LocalSystem,
  _tries: number,
  count = 600,
): Promise<AttackLine[]> {
  const lines: AttackLine[] = [];
  for (const [name, toggle] of Object.entries({ pausing: pause, blocking: block })) {
    const people = await foundPeople(system, `toggle-${name}`, 2);
    await addCrowd(`toggle-${name}`, people, count);
    const [control, measured] = [await publishWhile(people, null), await publishWhile(people, toggle)];
    const told = ({ published, seconds }: typeof control) =>
      `${published} of ${ROUNDS} rounds, ${seconds.toFixed(1)} s at most`;
    lines.push({
      name: `${name} three times a second among ${count}`,
      goal: `all rounds, each within ${SECONDS_MAX} s`,
      measured: told(measured),
      control: told(control),
      holds: measured.published === ROUNDS && measured.seconds < SECONDS_MAX,
    });
  }
  return lines;
}
