/** The part of the contract about kept versions and figures for operators, for the OpenAPI page. */
import * as figures from "../../domain/messages/answers/operator-answers.ts";
import { historyQuerySchema } from "../../domain/messages/messages.ts";
import {
  compareQuerySchema,
  keptVersionBodySchema,
  statsQuerySchema,
} from "../../domain/messages/version-messages.ts";
import type { Call } from "./people-calls.ts";

const C = "/communities/{community}";

export const VERSION_CALLS: Record<string, Call> = {
  [`get ${C}/history`]: {
    who: "operator",
    summary: "The commit log",
    query: historyQuerySchema,
    gives: figures.history,
    answers: { 200: "Commits." },
  },
  [`get ${C}/stats`]: {
    who: "operator",
    summary: "Members, contributions and rounds week by week, by arm where an experiment runs",
    query: statsQuerySchema,
    gives: figures.stats,
    answers: { 200: "Weeks, newest first.", 304: "Not changed." },
  },
  [`get ${C}/operations`]: {
    who: "operator",
    summary: "Depths of the queues, sums that wait, and when what was done last",
    gives: figures.operations,
    answers: { 200: "The state of things." },
  },
  [`get ${C}/versions`]: {
    who: "operator",
    summary: "The versions of the model that are kept",
    gives: figures.keptVersions,
    answers: { 200: "Versions, newest first." },
  },
  [`post ${C}/versions`]: {
    who: "operator",
    summary: "Keeps the present version until it is deleted, under a name if one is given",
    body: keptVersionBodySchema,
    isBodyOptional: true,
    gives: figures.keptVersion,
    answers: {
      200: "It was kept on demand already.",
      201: "Kept.",
      409: "The name is taken, or 20 are kept.",
    },
  },
  [`get ${C}/versions/compare`]: {
    who: "operator",
    summary: "How well two kept versions, or one and the present model, tell what hosted members like",
    query: compareQuerySchema,
    gives: figures.comparison,
    answers: { 200: "NDCG@10 and AUC of each.", 404: "One is not kept.", 429: "Too many this hour." },
  },
  [`delete ${C}/versions/{version}`]: {
    who: "operator",
    summary: "Lets a version go that was kept on demand; one that is kept by the day, too, goes by itself",
    answers: {
      204: "Gone.",
      404: "It is not kept.",
      409: "Readers are served it, or it is kept by the day alone.",
    },
  },
  [`post ${C}/versions/{version}/restore`]: {
    who: "operator",
    summary: "Makes a kept version current again, as a new version",
    gives: figures.restored,
    answers: { 200: "The version that it made." },
  },
};
