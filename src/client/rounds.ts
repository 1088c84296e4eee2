/** The calls of a member about rounds: the group, how it went, when they can meet. */
import type { Availability } from "../domain/community/hours.ts";
import type { Assignment, Export, FeedbackBody } from "../domain/messages/contract.ts";
import { ApiError, type CommunityApi, unreadable } from "./api.ts";
import { refreshMeetings } from "./meetings.ts";
import { fetchPages } from "./pages.ts";
import type { Storage } from "./storage.ts";

/** The member's group, null before the first. That of a published round counts as met. */
export async function fetchAssignment(api: CommunityApi, storage: Storage): Promise<Assignment | null> {
  try {
    const { body } = await api.call("GET", "/assignments/me");
    const assignment = body as Assignment;
    if (!Array.isArray(assignment?.members)) throw unreadable("the assignment");
    if (assignment.state === "published") await refreshMeetings(api, storage, assignment.round);
    return assignment;
  } catch (error) {
    if (error instanceof ApiError && error.type === "assignment-pending") return null;
    throw error;
  }
}

/** What the server holds about the member: the first page, with the ratings of all of them. */
export async function fetchExport(api: CommunityApi): Promise<Export> {
  type Rating = Export["ratings"][number];
  const all: Rating[] = [];
  let first: Export | undefined;
  for await (const page of fetchPages<"ratings", Rating>(api, "/members/me/export", "ratings")) {
    first ??= page as Export;
    all.push(...page.ratings);
  }
  const { next: _, ...whole } = first!;
  return { ...whole, ratings: all };
}

export async function putFeedback(api: CommunityApi, round: number, feedback: FeedbackBody): Promise<void> {
  await api.call("PUT", `/rounds/${round}/feedback`, feedback);
}

export async function putAvailability(api: CommunityApi, availability: Availability | null): Promise<void> {
  const path = "/members/me/availability";
  await (availability === null ? api.call("DELETE", path) : api.call("PUT", path, availability));
}
