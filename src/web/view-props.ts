/** What views are given. */
import type { Community } from "./answers.ts";

export interface ViewProps {
  community: Community;
  /** Changes when something of the community has, or may have. */
  moment: number;
  /** The rest of the address. */
  words: string[];
  /** Asks anew what the community is. */
  refresh: () => Promise<void>;
}

/** A view of a member needs no more than the community's name: who has not joined yet joins there. */
export interface MemberViewProps {
  name: string;
  userId: string;
  moment: number;
}
