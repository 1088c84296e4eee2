/** The part of the contract about groups and rounds, for the OpenAPI page. */
import { assignmentsQuerySchema } from "../../domain/messages/messages.ts";
import { pageQuerySchema } from "../../domain/messages/people-messages.ts";
import {
  feedbackBodySchema,
  previewBodySchema,
  publishBodySchema,
  roundQuerySchema,
} from "../../domain/messages/round-messages.ts";
import type { Call } from "./people-calls.ts";

const C = "/communities/{community}";

export const ROUND_CALLS: Record<string, Call> = {
  [`get ${C}/assignments/me`]: {
    who: "member",
    summary:
      "The member's group, in words why these people, times that suit them, and what the member has said of it",
    answers: { 200: "The group." },
  },
  [`get ${C}/assignments/me.ics`]: {
    who: "member",
    summary: "The published group at its best time, as a calendar entry; its UID stays the same",
    answers: { 200: "RFC 5545." },
  },
  [`get ${C}/assignments`]: {
    who: "operator",
    summary: "All groups of the latest round, by pages",
    query: assignmentsQuerySchema,
    answers: { 200: "Groups." },
  },
  [`post ${C}/rounds`]: {
    who: "operator",
    summary: "Publishes the draft; not within roundGapMinutes of the last round unless by force",
    body: publishBodySchema,
    isBodyOptional: true,
    answers: { 201: "Published.", 409: "Too soon, or fewer than two take part." },
  },
  [`get ${C}/rounds`]: {
    who: "operator",
    summary: "The published rounds, newest first, and how good they are",
    query: pageQuerySchema,
    answers: { 200: "Them, by pages." },
  },
  [`get ${C}/rounds/{round}`]: {
    who: "operator",
    summary:
      "A round or the draft: its groups and how good it is; with pairs also the lines within groups, and who is absent",
    query: roundQuerySchema,
    answers: { 200: "The round." },
  },
  [`post ${C}/rounds/preview`]: {
    who: "operator",
    summary: "The draft as it would be with another penalty, objective or size; nothing of it is kept",
    body: previewBodySchema,
    answers: { 200: "The draft.", 429: "Too many this hour." },
  },
  [`delete ${C}/rounds/{round}`]: {
    who: "operator",
    summary: "Withdraws the latest round, within an hour and before a member has said how it went",
    answers: { 204: "Withdrawn.", 409: "It can no longer be." },
  },
  [`put ${C}/rounds/{round}/feedback`]: {
    who: "member",
    summary: "Whether the member has met their group, and who was missing; may be changed",
    body: feedbackBodySchema,
    answers: {
      200: "Noted.",
      404: "Not in the round.",
      409: "Too late.",
      429: "Too many changes this hour.",
    },
  },
};
