/**
 * Who calls, and what they may: nobody, who awaits approval, who is banned, member, operator. Each call about a community asks here,
 * with one read of the head and the caller's own item, whether the community exists or not; and whoever has nothing to do
 * with a community gets the answers of one that does not exist, so that neither answer nor time tells which there are.
 */
import { Problem } from "../../domain/errors.ts";
import { names } from "../../infra/aws.ts";
import type { Head } from "../../infra/head-store.ts";
import type { Member } from "../../infra/member-store.ts";
import { type Membership, readMembership } from "../../infra/membership.ts";
import { type HttpEvent, notAMember, type Request, readRequest, unknownCommunity } from "./http.ts";

export interface Caller extends Membership {
  request: Request;
}

interface MemberCaller extends Caller {
  head: Head;
  member: Member;
}

interface OperatorCaller extends Caller {
  head: Head;
}

/** `isOperator` of the answer counts the token's scope too. The eventual read is for who asks again when it does not satisfy. */
export async function readCaller(
  event: HttpEvent,
  consistency: "eventual" | "strong" = "strong",
): Promise<Caller> {
  const request = readRequest(event);
  const membership = await readMembership(request.community, request.userId, consistency);
  return { ...membership, request, isOperator: request.hasOperatorScope || membership.isOperator };
}

export function banned(community: string): Problem {
  return new Problem("banned", `An operator has banned you from '${community}'.`);
}

/** What whoever is no member is told: no more than they know. */
function refusal({ request: { community }, head, status, isOperator }: Caller): Problem {
  if (!head) return unknownCommunity(community);
  if (status === "banned") return banned(community);
  if (status === "awaiting-approval") {
    return new Problem("awaiting-approval", `An operator of '${community}' has yet to approve you.`);
  }
  return isOperator ? notAMember(community) : unknownCommunity(community);
}

/** 403 for everybody else, and before it is told whether there is such a community. */
export function operatorNeeded(): Problem {
  const detail = `The token's scope must contain '${names.operatorScope}', or an operator must have named you.`;
  return new Problem("operator-scope-needed", detail);
}

export function requireMember(caller: Caller): MemberCaller {
  const { head, member, status } = caller;
  if (!head || !member || status !== "member") throw refusal(caller);
  return { ...caller, head, member };
}

function requireOperator(caller: Caller): OperatorCaller {
  const { head, isOperator, request } = caller;
  if (!isOperator) throw operatorNeeded();
  if (!head) throw unknownCommunity(request.community);
  return { ...caller, head };
}

export async function readMemberRequest(event: HttpEvent): Promise<MemberCaller> {
  return requireMember(await readCaller(event));
}

export async function readOperatorRequest(event: HttpEvent): Promise<OperatorCaller> {
  return requireOperator(await readCaller(event));
}

/** The request of a member or an operator; who is an operator alone is no `member`. */
export async function readInsiderRequest(event: HttpEvent): Promise<OperatorCaller> {
  const caller = await readCaller(event);
  return caller.isOperator ? requireOperator(caller) : requireMember(caller);
}

/** The request of a member whose learning is hosted, with the key to their ratings. */
export async function readHostedRequest(event: HttpEvent) {
  const caller = await readMemberRequest(event);
  const { learning, ratings } = caller.member;
  if (learning !== "hosted" || !ratings) {
    const detail =
      "Your learning is local: your device does this. PUT members/me with learning 'hosted' changes it.";
    throw new Problem("learning-is-local", detail);
  }
  return { ...caller, ratingsKey: ratings.key };
}
