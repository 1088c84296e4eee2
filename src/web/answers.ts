/** What the API answers, as far as the console shows it. */

export type Liking = "low" | "middle" | "high";

export interface Community {
  community: string;
  settings: Record<string, unknown>;
  memberCount: number;
  itemCount: number;
  modelVersion: number;
  /** The one in draft. */
  round: number;
  nextRoundAt?: string;
}

export interface Place {
  community: string;
  status: "member" | "awaiting-approval" | "banned" | null;
  isOperator: boolean;
}

export interface Group {
  groupId: string;
  members: { memberId: string }[];
  because?: string[];
}

export interface PairLine {
  members: [string, string];
  liking: Liking;
  /** 1 for the round before; null where they never met. */
  metRoundsAgo: number | null;
}

export interface RoundSummary {
  round: number;
  state: "draft" | "published" | "withdrawn";
  modelVersion: number;
  computedAt: string;
  publishedAt?: string;
  quality: { totalAffinity: number; worstMemberAffinity: number; repeats: number };
}

export interface Round extends RoundSummary {
  quality: RoundSummary["quality"] & {
    moved: number | null;
    notes: { note: string; detail: string; members?: string[]; pairs?: string[][] }[];
  };
  groups: Group[];
  pairs: PairLine[];
  absent: { memberId: string; why: string }[];
}

export interface Person {
  userId: string | null;
  memberId?: string;
  displayName?: string | null;
  status: "member" | "awaiting-approval" | "banned" | null;
  tags: Record<string, string>;
  joinedAt: string | null;
  lastSeenAt: string | null;
  roundsMet: number;
  roundsMissed: number;
}

export interface Invite {
  code: string;
  uses?: number;
  usesMax?: number | null;
  expiresAt?: string | null;
}

export interface Commit {
  modelVersion: number;
  committedAt: string;
  applied: number;
  rejected: number;
  senders?: number;
  needed?: number;
  restored?: number;
  reasons: Record<string, number>;
  gradientNorm: number;
}

export interface Cadence {
  every: string;
  weekday?: string;
  time: string;
  timeZone: string;
  from?: string;
}

export interface Season {
  state: "running" | "finished";
  rounds: number;
  firstRound: number;
  lastRound: number;
  memberCount: number;
  quality: { repeats: number; affinityShare: number };
  notes?: { note: string; detail: string }[];
}
