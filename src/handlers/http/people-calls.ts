/** The part of the contract about people and communities, for the OpenAPI page. */
import type * as z from "zod/mini";
import { availabilitySchema } from "../../domain/community/availability.ts";
import { memberBodySchema } from "../../domain/messages/messages.ts";
import {
  inviteBodySchema,
  memberChangeSchema,
  pageQuerySchema,
  rosterQuerySchema,
} from "../../domain/messages/people-messages.ts";

export type Schema = z.ZodMiniType;

export interface Call {
  who: "anyone" | "signed in" | "member" | "hosted member" | "operator";
  summary: string;
  answers: Record<number, string>;
  body?: Schema;
  isBodyOptional?: boolean;
  /** The body is bytes of this form. */
  octets?: string;
  query?: z.ZodMiniObject;
  /** Whether the query may hold `tag.NAME`, for any NAME. */
  filtersByTags?: true;
}

const C = "/communities/{community}";

export const PEOPLE_CALLS: Record<string, Call> = {
  "get /me": {
    who: "signed in",
    summary: "The communities where the caller is a member, awaits approval, is banned or is an operator",
    query: pageQuerySchema,
    answers: { 200: "Them, by pages." },
  },
  "get /communities": {
    who: "operator",
    summary: "The communities that the caller runs: by the scope all, else those that name them",
    query: pageQuerySchema,
    answers: { 200: "Them, by pages." },
  },
  [`delete ${C}`]: {
    who: "operator",
    summary: "Erases the community: nobody can read it from then on, and its name is free when all is gone",
    answers: { 204: "Gone." },
  },
  [`get ${C}/operators`]: {
    who: "operator",
    summary: "Who is named as an operator",
    query: pageQuerySchema,
    answers: { 200: "Them, by pages." },
  },
  [`put ${C}/operators/{userId}`]: {
    who: "operator",
    summary: "Names an operator of this community",
    answers: { 200: "Named." },
  },
  [`delete ${C}/operators/{userId}`]: {
    who: "operator",
    summary: "Names them no longer",
    answers: { 204: "Gone." },
  },
  [`post ${C}/invites`]: {
    who: "operator",
    summary: "Makes an invitation; without usesMax and expiresAt it is good for anybody, for good",
    body: inviteBodySchema,
    isBodyOptional: true,
    answers: { 201: "Its code." },
  },
  [`get ${C}/invites`]: {
    who: "operator",
    summary: "The invitations and their uses",
    query: pageQuerySchema,
    answers: { 200: "Them, by pages." },
  },
  [`delete ${C}/invites/{code}`]: {
    who: "operator",
    summary: "Takes an invitation back",
    answers: { 204: "Gone." },
  },
  [`get ${C}/members`]: {
    who: "operator",
    summary: "The roster; as CSV the Link header leads to the next page",
    query: rosterQuerySchema,
    answers: { 200: "People, by pages." },
  },
  [`put ${C}/members/{memberId}`]: {
    who: "operator",
    summary:
      "Approves or bans somebody; their tags, by which groups are mixed or matched; another userId, where their identity has changed",
    body: memberChangeSchema,
    answers: { 200: "Changed.", 409: "The userId is somebody else's." },
  },
  [`delete ${C}/members/{memberId}`]: {
    who: "operator",
    summary: "Removes a member as if they had left, or a request; a ban outlives it",
    answers: { 204: "Gone." },
  },
  [`put ${C}/members/me`]: {
    who: "signed in",
    summary:
      "Joins, or asks to, as the community's join allows; a member's own learning mode, pause, and wish for the round in draft",
    body: memberBodySchema,
    isBodyOptional: true,
    answers: {
      200: "Changed.",
      201: "Joined, or come back.",
      202: "An operator is to approve it.",
      403: "Banned.",
      429: "Too many changes, or requests to join, this hour.",
    },
  },
  [`get ${C}/members/me`]: {
    who: "member",
    summary: "One's own membership; to whoever awaits approval, that",
    answers: { 200: "It." },
  },
  [`get ${C}/members/me/meetings`]: {
    who: "member",
    summary: "Whom the member was grouped with, latest round first, and whether they missed each other",
    query: pageQuerySchema,
    answers: { 200: "Meetings, by pages." },
  },
  [`get ${C}/members/me/export`]: {
    who: "member",
    summary:
      "All that the server holds about the member (GDPR, article 15); ratings of hosted members by pages",
    query: pageQuerySchema,
    answers: { 200: "It; pages behind the first hold ratings alone." },
  },
  [`put ${C}/members/me/availability`]: {
    who: "member",
    summary:
      "When the member can meet, by the clocks of their time zone; groups have a time in common where meetingMinutes is set",
    body: availabilitySchema,
    answers: { 200: "Noted.", 429: "Too many changes this hour." },
  },
  [`delete ${C}/members/me/availability`]: {
    who: "member",
    summary: "From then on the member can always meet",
    answers: { 204: "Gone.", 429: "Too many changes this hour." },
  },
  [`delete ${C}/members/me`]: {
    who: "signed in",
    summary: "Leaves; what is kept for a return is under a keyed hash, and expires",
    answers: { 204: "Gone, or never there." },
  },
};
