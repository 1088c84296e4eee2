/** The calls of a member about rounds: the group, whom they met, how it went, when they can meet. */
import type { Availability } from "../domain/community/hours.ts";
import { type CommunityApi, unreadable } from "./api.ts";

/** A member, and what they want to be called, if they have said so. */
interface Named {
  memberId: string;
  displayName?: string;
}

export interface Assignment {
  round: number;
  state: string;
  groupId: string;
  members: Named[];
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

export interface Meeting extends Named {
  round: number;
  /** Whether one of the two was not there. */
  missed: boolean;
}

interface MeetingsPage {
  meetings: Meeting[];
  next?: string;
}

/** All pages of whom the member was grouped with, latest round first. */
export async function fetchMeetings(api: CommunityApi): Promise<Meeting[]> {
  const all: Meeting[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
    const { body } = await api.call("GET", `/members/me/meetings${cursor ? `?cursor=${cursor}` : ""}`);
    const { meetings, next } = body as MeetingsPage;
    if (!Array.isArray(meetings)) throw unreadable("the meetings");
    all.push(...meetings);
    cursor = next;
  }
  return all;
}

/** What the server holds about the member, with the ratings of all pages. */
export async function fetchExport(api: CommunityApi): Promise<Record<string, unknown>> {
  const { body } = await api.call("GET", "/members/me/export");
  const { next, ...whole } = body as { ratings: unknown[]; next?: string };
  for (let cursor = next; cursor; ) {
    const page = (await api.call("GET", `/members/me/export?cursor=${cursor}`)).body as typeof whole & {
      next?: string;
    };
    whole.ratings.push(...page.ratings);
    cursor = page.next;
  }
  return whole;
}

export async function putFeedback(api: CommunityApi, round: number, feedback: Feedback): Promise<void> {
  await api.call("PUT", `/rounds/${round}/feedback`, feedback);
}

export async function putAvailability(api: CommunityApi, availability: Availability | null): Promise<void> {
  const path = "/members/me/availability";
  await (availability === null ? api.call("DELETE", path) : api.call("PUT", path, availability));
}
