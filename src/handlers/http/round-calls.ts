/** The part of the contract about groups, rounds and seasons, for the OpenAPI page. */
import * as rounds from "../../domain/messages/answers/round-answers.ts";
import { assignmentsQuerySchema, seasonBodySchema } from "../../domain/messages/messages.ts";
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
    gives: rounds.assignment,
    answers: { 200: "The group." },
  },
  [`get ${C}/assignments/me.ics`]: {
    who: "member",
    summary: "The published group at its best time, as a calendar entry; its UID stays the same",
    givesText: "text/calendar",
    answers: { 200: "RFC 5545." },
  },
  [`get ${C}/assignments`]: {
    who: "operator",
    summary: "All groups of the latest round, by pages",
    query: assignmentsQuerySchema,
    gives: rounds.assignments,
    answers: { 200: "Groups." },
  },
  [`post ${C}/rounds`]: {
    who: "operator",
    summary: "Publishes the draft; not within roundGapMinutes of the last round unless by force",
    body: publishBodySchema,
    isBodyOptional: true,
    gives: rounds.roundSummary,
    answers: { 201: "Published.", 409: "Too soon, or fewer than two take part." },
  },
  [`get ${C}/rounds`]: {
    who: "operator",
    summary: "The published rounds, newest first, and how good they are",
    query: pageQuerySchema,
    gives: rounds.rounds,
    answers: { 200: "Them, by pages." },
  },
  [`get ${C}/rounds/{round}`]: {
    who: "operator",
    summary:
      "A round or the draft: its groups and how good it is; with pairs also the lines within groups, and who is absent",
    query: roundQuerySchema,
    gives: rounds.round,
    answers: { 200: "The round." },
  },
  [`post ${C}/rounds/preview`]: {
    who: "operator",
    summary: "The draft as it would be with another penalty, objective or size; nothing of it is kept",
    body: previewBodySchema,
    gives: rounds.round,
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
    gives: rounds.ownFeedback,
    answers: {
      200: "Noted.",
      404: "Not in the round.",
      409: "Too late.",
      429: "Too many changes this hour.",
    },
  },
  [`put ${C}/season`]: {
    who: "operator",
    summary:
      "Plans the next rounds so that nobody meets twice, as far as that can be; replaces a season before",
    body: seasonBodySchema,
    gives: rounds.season,
    answers: { 200: "The season.", 409: "Fewer than 2 members can take part, or more than a season is for." },
  },
  [`get ${C}/season`]: {
    who: "member",
    summary: "How good the season's plan is; to operators also its groups and what of it no longer holds",
    gives: rounds.season,
    answers: { 200: "The season; after its last round its state is finished.", 404: "None is planned." },
  },
  [`delete ${C}/season`]: {
    who: "operator",
    summary: "Ends the season: the rounds to come are grouped freely again",
    answers: { 204: "Gone." },
  },
};
