/** `npm run attack -- --members`: what one member, a stranger or an operator can do to the others. */
import type { MemberAttack } from "./attack-line.ts";
import { joinLoop } from "./join-loop.ts";
import { outvote } from "./outvote.ts";
import { plantedTags } from "./planted-tags.ts";
import { previewedBlocks } from "./previewed-blocks.ts";
import { returnAfterBlock } from "./return.ts";
import { strangers } from "./strangers.ts";
import { toggleMembership } from "./toggle.ts";
import { victim } from "./victim.ts";
import { wildValues } from "./wild-values.ts";

export const MEMBER_ATTACKS: readonly MemberAttack[] = [
  victim,
  wildValues,
  outvote,
  returnAfterBlock,
  strangers,
  joinLoop,
  toggleMembership,
  plantedTags,
  previewedBlocks,
];
