/** Who asks: a community's head and one user's membership in it, read together, many callers in one request. */
import { names } from "./aws.ts";
import { coalesce } from "./coalesce.ts";
import { type Head, headKey, readHeadItem, recentHead, rememberHead } from "./head-store.ts";
import { readItems } from "./item-reads.ts";
import { type Member, memberKey, readMemberItem } from "./member-store.ts";
import { NO_RELATION, type Relation, readRelation } from "./person-store.ts";

export interface Membership extends Relation {
  head: Head | null;
  /** Who has a row; `status` tells who of them is banned. */
  member: Member | null;
}

/** Of a community that is not there, or is being erased, nobody is anything any more. */
const NO_MEMBERSHIP: Membership = { head: null, member: null, ...NO_RELATION };

interface MembershipKey {
  community: string;
  userId: string;
  isConsistent: boolean;
}

/** BatchGetItem takes 100 keys: up to 50 members and their communities' heads. */
const MEMBERSHIPS_PER_REQUEST_MAX = 50;

async function readMemberships(wanted: MembershipKey[]): Promise<Membership[]> {
  const ConsistentRead = wanted.some((key) => key.isConsistent);
  const strong = new Set(wanted.filter((key) => key.isConsistent).map((key) => key.community));
  const communities = [...new Set(wanted.map((key) => key.community))];
  const heads = new Map<string, Head>();
  for (const community of communities) {
    const recent = strong.has(community) ? undefined : recentHead(community);
    if (recent) heads.set(community, recent);
  }
  const headKeys = communities.filter((community) => !heads.has(community)).map(headKey);
  const users = new Map(wanted.map((key) => [JSON.stringify([key.community, key.userId]), key]));
  const memberKeys = [...users.values()].map((key) => memberKey(key.community, key.userId));
  const people = new Map<string, Omit<Membership, "head">>();
  const found = await readItems({
    ...(headKeys.length > 0 ? { [names.modelTable]: { Keys: headKeys, ConsistentRead } } : {}),
    [names.membersTable]: { Keys: memberKeys, ConsistentRead },
  });
  for (const item of found[names.modelTable] ?? []) {
    const head = readHeadItem(item);
    if (!head) continue;
    heads.set(head.community, head);
    rememberHead(head);
  }
  for (const item of found[names.membersTable] ?? []) {
    const relation = readRelation(item);
    const member = item.row ? readMemberItem(item) : null;
    people.set(JSON.stringify([item.community.S, item.userId.S]), { ...relation, member });
  }
  return wanted.map(({ community, userId }) => {
    const head = heads.get(community);
    const person = people.get(JSON.stringify([community, userId]));
    return head ? { ...NO_MEMBERSHIP, ...person, head } : NO_MEMBERSHIP;
  });
}

const readMembershipNow = /* @__PURE__ */ coalesce(MEMBERSHIPS_PER_REQUEST_MAX, readMemberships);

/**
 * A community's head and one user's membership in it, in one round trip. The eventually consistent read costs half, and
 * takes the head from memory where it was read in the last seconds: 0.5 read units a gradient instead of 1. A caller whom
 * it does not satisfy asks again for the consistent one.
 */
export function readMembership(
  community: string,
  userId: string,
  consistency: "eventual" | "strong" = "strong",
): Promise<Membership> {
  return readMembershipNow({ community, userId, isConsistent: consistency === "strong" });
}
