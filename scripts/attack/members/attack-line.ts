/** What every attack of a member is: how it is called, and what it answers. */
import type { LocalSystem } from "../../local/system.ts";

/** An attack as it was run, beside the same without it. */
export interface AttackLine {
  name: string;
  goal: string;
  measured: string;
  control: string;
  holds: boolean;
}

/** Runs against a system of its own; `tries` is how often, where chance has a part. */
export type MemberAttack = (system: LocalSystem, tries: number) => Promise<AttackLine[]>;
