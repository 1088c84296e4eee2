/** The calls of a member about rounds: the group, whom they met, how it went, when they can meet. */
import type { Availability } from "../domain/community/hours.ts";
import { ApiError, type CommunityApi, unreadable } from "./api.ts";
import { fetchPages } from "./pages.ts";
import { addMet, readMembership } from "./profile.ts";
import type { Storage } from "./storage.ts";

export interface Assignment {
  round: number;
  state: string;
  groupId: string;
  members: { memberId: string }[];
  modelVersion: number;
  computedAt: string;
  /** Why these people, in words. */
  because: string[];
  /** Times that suit the whole group, best first; ISO 8601. */
  suggestedTimes: { from: string; to: string }[];
  /** What the member has said of the round. */
  feedback?: Feedback;
}

export interface Feedback {
  met: boolean;
  /** memberIds of others of the group. */
  missing?: string[];
}

export interface Meeting {
  memberId: string;
  round: number;
  /** Whether one of the two was not there. */
  missed: boolean;
}

/** The member's group, null before the first. Those of a published group count as met. */
export async function fetchAssignment(api: CommunityApi, storage: Storage): Promise<Assignment | null> {
  try {
    const { body } = await api.call("GET", "/assignments/me");
    const assignment = body as Assignment;
    if (!Array.isArray(assignment?.members)) throw unreadable("the assignment");
    if (assignment.state === "published") {
      const own = await readMembership(storage);
      const members = assignment.members.map((member) => member.memberId);
      const others = members.filter((memberId) => memberId !== own?.memberId);
      await addMet(storage, others);
    }
    return assignment;
  } catch (error) {
    if (error instanceof ApiError && error.type === "assignment-pending") return null;
    throw error;
  }
}

/** All pages of whom the member was grouped with, latest round first. */
export async function fetchMeetings(api: CommunityApi): Promise<Meeting[]> {
  const all: Meeting[] = [];
  const pages = fetchPages<"meetings", Meeting>(api, "/members/me/meetings", "meetings");
  for await (const { meetings } of pages) all.push(...meetings);
  return all;
}

/** What the server holds about the member: the first page, with the ratings of all of them. */
export async function fetchExport(api: CommunityApi): Promise<Record<string, unknown>> {
  const all: unknown[] = [];
  let whole: Record<string, unknown> | undefined;
  for await (const page of fetchPages(api, "/members/me/export", "ratings")) {
    const { next: _, ratings, ...rest } = page;
    whole ??= rest;
    all.push(...ratings);
  }
  return { ...whole, ratings: all };
}

export async function putFeedback(api: CommunityApi, round: number, feedback: Feedback): Promise<void> {
  await api.call("PUT", `/rounds/${round}/feedback`, feedback);
}

export async function putAvailability(api: CommunityApi, availability: Availability | null): Promise<void> {
  const path = "/members/me/availability";
  await (availability === null ? api.call("DELETE", path) : api.call("PUT", path, availability));
}
