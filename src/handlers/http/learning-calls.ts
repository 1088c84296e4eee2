/** The part of the contract about items, the model, and what is learned, for the OpenAPI page. */
import * as z from "zod/mini";
import { RATINGS_PER_REQUEST_MAX } from "../../domain/limits.ts";
import * as learning from "../../domain/messages/answers/learning-answers.ts";
import { userFactors } from "../../domain/messages/answers/people-answers.ts";
import {
  itemBodySchema,
  recommendationsBodySchema,
  recommendationsQuerySchema,
  similarQuerySchema,
} from "../../domain/messages/item-messages.ts";
import {
  gradientBodySchema,
  modelQuerySchema,
  ratingBodySchema,
  userFactorsBodySchema,
} from "../../domain/messages/messages.ts";
import { pageQuerySchema } from "../../domain/messages/people-messages.ts";
import type { Call } from "./people-calls.ts";

const C = "/communities/{community}";

export const LEARNING_CALLS: Record<string, Call> = {
  [`put ${C}/members/me/user-factors`]: {
    who: "member",
    summary: "Shares user factors for matching alone",
    body: userFactorsBodySchema,
    gives: userFactors,
    answers: { 200: "Shared.", 429: "Too many this hour." },
  },
  [`delete ${C}/members/me/user-factors`]: {
    who: "member",
    summary: "Takes the user factors back",
    answers: { 204: "Gone." },
  },
  [`put ${C}/items/{itemId}`]: {
    who: "operator",
    summary: "Adds a content item, or replaces what is told of it",
    body: itemBodySchema,
    isBodyOptional: true,
    gives: learning.item,
    answers: { 200: "It is there.", 201: "Added." },
  },
  [`delete ${C}/items/{itemId}`]: {
    who: "operator",
    summary: "Takes a content item away; ratings of it are ignored from then on",
    answers: { 204: "Gone." },
  },
  [`get ${C}/items`]: {
    who: "member",
    summary: "What is told of content items, by pages",
    query: pageQuerySchema,
    gives: learning.items,
    answers: { 200: "Items, by itemId; next is the cursor of the page behind." },
  },
  [`get ${C}/items/{itemId}`]: {
    who: "member",
    summary: "What is told of an item",
    gives: learning.item,
    answers: { 200: "The item.", 404: "There is none." },
  },
  [`get ${C}/items/{itemId}/similar`]: {
    who: "member",
    summary: "What those like who like this item",
    query: similarQuerySchema,
    filtersByTags: true,
    gives: learning.similarItems,
    answers: { 200: "Items with similarities, the most similar first.", 404: "There is no such item." },
  },
  [`get ${C}/model`]: {
    who: "member",
    summary: "The item matrix, or the rows changed since a version",
    query: modelQuerySchema,
    gives: learning.model,
    answers: { 200: "The model.", 304: "Not changed.", 429: "Too many this hour." },
  },
  [`post ${C}/gradients`]: {
    who: "member",
    summary: "Queues one gradient",
    body: gradientBodySchema,
    gives: learning.queued,
    answers: { 202: "Queued.", 429: "Too many this hour." },
  },
  [`post ${C}/sums/{sum}/reports`]: {
    who: "member",
    summary: "Queues a report for the open sum, where sums are secure; GET C tells what it must answer to",
    octets:
      "'TR', version, bits, sum, modelVersion, value count, id, sealed seed, share: src/domain/messages/report.ts",
    gives: learning.queued,
    answers: { 202: "Queued.", 409: "Sums are plain, or this one is closed.", 429: "Too many this hour." },
  },
  [`get ${C}/gradients/{id}`]: {
    who: "member",
    summary: "What became of a gradient or a report",
    gives: learning.gradientStatus,
    answers: { 200: "Its status." },
  },
  [`post ${C}/ratings`]: {
    who: "hosted member",
    summary: "Queues one rating, or up to 100 in an array, each with its own outcome in the answer",
    body: z.union([ratingBodySchema, z.array(ratingBodySchema).check(z.maxLength(RATINGS_PER_REQUEST_MAX))]),
    gives: learning.postedRatings,
    answers: {
      202: "Queued; of an array, what is good of it.",
      409: "Learning is local.",
      429: "Too many this hour.",
    },
  },
  [`get ${C}/ratings/{id}`]: {
    who: "hosted member",
    summary: "What became of a rating",
    gives: learning.ratingStatus,
    answers: { 200: "Its status.", 409: "Learning is local." },
  },
  [`get ${C}/recommendations/me`]: {
    who: "hosted member",
    summary: "What the member may like, best first, neither met nor rated yet",
    query: recommendationsQuerySchema,
    filtersByTags: true,
    gives: learning.recommendations,
    answers: { 200: "Items with scores; the Link header leads to the next page.", 409: "Learning is local." },
  },
  [`post ${C}/recommendations/me`]: {
    who: "hosted member",
    summary: "Several lists at once, no item in two of them unless they may repeat",
    body: recommendationsBodySchema,
    gives: learning.recommendationLists,
    answers: { 200: "The lists.", 409: "Learning is local." },
  },
};
