/** Starts the local system, runs every attack of a member against it, and prints what came of each. */
import { startLocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";
import { MEMBER_ATTACKS } from "./attacks.ts";

export async function attackMembers(tries: number): Promise<AttackLine[]> {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  const system = await startLocalSystem({ params: { gradientWindowSeconds: 1 } });
  try {
    const lines: AttackLine[] = [];
    for (const attack of MEMBER_ATTACKS) lines.push(...(await attack(system, tries)));
    return lines;
  } finally {
    await system.stop();
  }
}

export function printAttacks(lines: readonly AttackLine[]): void {
  const column = (name: keyof AttackLine) => Math.max(...lines.map((line) => String(line[name]).length));
  for (const line of lines) {
    const cells = (["name", "measured", "control"] as const).map((name) => line[name].padEnd(column(name)));
    console.log(`${line.holds ? "holds " : "BROKEN"}  ${cells.join("  ")}  goal: ${line.goal}`);
  }
}
