/** `npm run attack -- --members`: what one member, or an operator, can do to the others. */
import type { MemberAttack } from "./attack-line.ts";
import { outvote } from "./outvote.ts";
import { victim } from "./victim.ts";
import { wildValues } from "./wild-values.ts";

export const MEMBER_ATTACKS: readonly MemberAttack[] = [victim, wildValues, outvote];
