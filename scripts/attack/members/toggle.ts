/** A member changes their own membership three times a second, by pauses or by blocks, while an operator publishes a round. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { type Caller, foundPeople, type People } from "./people.ts";

const INTERVAL_MS = 333;
const ROUNDS = 2;

type Toggle = (attacker: Caller, people: People, at: number) => Promise<unknown>;

const pause: Toggle = (attacker, _, at) => attacker.call("PUT", "/members/me", { paused: at % 2 === 0 });
const block: Toggle = (attacker, { memberIds }, at) =>
  attacker.call(at % 2 === 0 ? "PUT" : "DELETE", `/members/me/blocks/${memberIds[2]}`);

/** Publishes rounds while somebody toggles; the statuses and the longest time. */
async function publishWhile(people: People, toggle: Toggle | null, attacker = 0) {
  let isOver = false;
  const toggling = (async () => {
    for (let at = 0; !isOver && toggle; at++) {
      await toggle(people.members[attacker], people, at);
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
  const people = await foundPeople(system, "toggle", count);
  const told = ({ published, seconds }: Awaited<ReturnType<typeof publishWhile>>) =>
    `${published} of ${ROUNDS} rounds, ${seconds.toFixed(1)} s at most`;
  const control = await publishWhile(people, null);
  const lines: AttackLine[] = [];
  const toggles = Object.entries({ pausing: pause, blocking: block });
  for (const [attacker, [name, toggle]] of toggles.entries()) {
    const measured = await publishWhile(people, toggle, attacker);
    lines.push({
      name: `${name} three times a second among ${count}`,
      goal: "all rounds are published",
      measured: told(measured),
      control: told(control),
      holds: measured.published === ROUNDS,
    });
  }
  return lines;
}
