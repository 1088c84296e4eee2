/** A member leaves and joins in a loop: to use up rows, to make the gradients of others stale, to post more than the hour allows. */
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { type Caller, foundPeople, type People, smallGradient } from "./people.ts";

const HONEST = 12;
const CYCLES_MAX = 60;
const GRADIENTS_PER_HOUR = 20;
const ATTACKER = HONEST;

interface Model {
  modelVersion: number;
  factors: number;
  rowCount: number;
}

const modelOf = (member: Caller) => member.get<Model>("GET", "/model");

/** Posts until the hour's limit; how many were taken. */
async function post(member: Caller, { modelVersion, factors }: Model): Promise<number> {
  for (let taken = 0; ; taken++) {
    const { status } = await member.call("POST", "/gradients", smallGradient(0, modelVersion, factors));
    if (status !== 202) return taken;
  }
}

/** How many times the attacker came back. */
async function loop(attacker: Caller): Promise<number> {
  for (let cycle = 0; cycle < CYCLES_MAX; cycle++) {
    await attacker.get("DELETE", "/members/me");
    if ((await attacker.join()) === null) return cycle;
  }
  return CYCLES_MAX;
}

/** What became of gradients that honest members made before the loop and posted after it. */
async function applied({ members }: People, before: Model): Promise<number> {
  const gradients = members
    .slice(0, HONEST)
    .map((_, row) => smallGradient((row + 1) % HONEST, before.modelVersion, before.factors));
  await Promise.all(gradients.map((gradient, n) => members[n].get("POST", "/gradients", gradient)));
  const statusOf = async (n: number): Promise<string> => {
    for (;;) {
      const { status } = await members[n].get<{ status: string }>("GET", `/gradients/${gradients[n].id}`);
      if (status !== "queued") return status;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const statuses = await Promise.all(gradients.map((_, n) => statusOf(n)));
  return statuses.filter((status) => status === "applied").length;
}

async function run(system: LocalSystem, isLooping: boolean) {
  const limits = { gradientsPerHourMax: GRADIENTS_PER_HOUR, sumSecondsMin: 0, sumMembersMin: HONEST };
  const people = await foundPeople(system, `join-loop-${isLooping}`, HONEST + 1, limits);
  const attacker = people.members[ATTACKER];
  const before = await modelOf(people.members[0]);
  let posted = await post(attacker, before);
  if (isLooping) {
    await attacker.get("DELETE", "/members/me");
    await attacker.join();
    posted += await post(attacker, before);
  }
  const cycles = isLooping ? 1 + (await loop(attacker)) : 0;
  const { rowCount } = await modelOf(people.members[0]);
  return { posted, cycles, rowCount, applied: await applied(people, before) };
}

type Outcome = Awaited<ReturnType<typeof run>>;

const told = ({ rowCount, applied, posted }: Outcome): string =>
  `${rowCount} rows, ${applied} of ${HONEST} gradients of others applied, ${posted} of one's own taken`;

export async function joinLoop(system: LocalSystem): Promise<AttackLine[]> {
  const [control, measured] = [await run(system, false), await run(system, true)];
  return [
    {
      name: `leaving and joining, ${measured.cycles} times until refused`,
      goal: "as without it",
      measured: told(measured),
      control: told(control),
      holds: told(measured) === told(control) && measured.cycles < CYCLES_MAX,
    },
  ];
}
