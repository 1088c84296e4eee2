/** Whom a call of a member is about: another member, by memberId. Shared by the calls that block and unblock. */
import { invalidRequest, Problem } from "../../domain/errors.ts";
import { MEMBER_ID_PREFIX, memberIdSchema, parse } from "../../domain/messages/messages.ts";
import { changeBlock } from "../../infra/block-store.ts";
import { readDirectory } from "../../infra/directory-store.ts";
import type { Member } from "../../infra/member-store.ts";
import { readMemberRequest } from "./caller.ts";
import { type Answer, type HttpEvent, notAMember, requireChanged, valid } from "./http.ts";
import { requireChange } from "./roster-rate.ts";

/** The 404 that names the memberId which nobody has. */
export function unknownMember(memberId: string): Problem {
  const errors = [{ pointer: "#/memberId", detail: `'${memberId}' is nobody's` }];
  return new Problem("unknown-member", `There is no member '${memberId}'.`, { errors });
}

async function readOther(community: string, member: Member, memberId: string) {
  if (memberId === member.memberId)
    throw invalidRequest([{ pointer: "#/memberId", detail: "is your own; nobody can block themselves" }]);
  const isHandle = memberId.startsWith(MEMBER_ID_PREFIX); // a content item is nobody
  const other = isHandle && (await readDirectory(community)).find((entry) => entry.itemId === memberId);
  if (!other) throw unknownMember(memberId);
  return other;
}

/** Changes the caller's block of the member in the path; 204 whether or not there was anything to change. */
export async function answerBlockChange(event: HttpEvent, change: "ADD" | "DELETE"): Promise<Answer> {
  const { request, member } = await readMemberRequest(event);
  const { community, userId } = request;
  const memberId = valid(parse(memberIdSchema, event.pathParameters?.memberId, ["memberId"]));
  const other = await readOther(community, member, memberId);
  if (member.blockedRows.includes(other.row) === (change === "ADD")) return { status: 204 };
  await requireChange(community, member, request.nowMs);
  const result = await changeBlock(community, userId, change, other);
  if (result.outcome === "condition")
    throw result.failed === 0 ? notAMember(community) : unknownMember(memberId);
  requireChanged(result, community);
  return { status: 204 };
}
