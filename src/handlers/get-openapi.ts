import * as z from "zod/mini";
import {
  assignmentsQuerySchema,
  communityBodySchema,
  communityNameSchema,
  gradientBodySchema,
  gradientIdSchema,
  historyQuerySchema,
  inviteCodeSchema,
  itemIdSchema,
  memberIdSchema,
  modelQuerySchema,
  ratingBodySchema,
  recommendationsQuerySchema,
  roundNumberSchema,
  seasonBodySchema,
  userFactorsBodySchema,
  versionNumberSchema,
} from "../domain/messages/messages.ts";
import { userIdSchema } from "../domain/messages/people-messages.ts";
import { endpoint } from "./http/http.ts";
import { type Call, PEOPLE_CALLS, type Schema } from "./http/people-calls.ts";

const C = "/communities/{community}";
const PARAMETERS: Record<string, Schema> = {
  community: communityNameSchema,
  code: inviteCodeSchema,
  id: gradientIdSchema,
  itemId: itemIdSchema,
  memberId: memberIdSchema,
  round: roundNumberSchema,
  userId: userIdSchema,
  version: versionNumberSchema,
};

const CALLS: Record<string, Call> = {
  "get /health": { who: "anyone", summary: "Is the API up?", answers: { 200: "It is." } },
  "get /openapi.json": { who: "anyone", summary: "This page", answers: { 200: "The contract." } },
  [`put ${C}`]: {
    who: "operator",
    summary: "Makes a community, by the scope alone, or merges settings into it",
    body: communityBodySchema,
    answers: { 200: "Changed.", 201: "Made.", 409: "One of this name is being erased." },
  },
  ...PEOPLE_CALLS,
  [`get ${C}`]: {
    who: "member",
    summary: "Settings, counts, versions, next round",
    answers: { 200: "The community." },
  },
  [`put ${C}/members/me/user-factors`]: {
    who: "member",
    summary: "Shares user factors for matching alone",
    body: userFactorsBodySchema,
    answers: { 200: "Shared.", 429: "Too many this hour." },
  },
  [`delete ${C}/members/me/user-factors`]: {
    who: "member",
    summary: "Takes the user factors back",
    answers: { 204: "Gone." },
  },
  [`put ${C}/items/{itemId}`]: {
    who: "operator",
    summary: "Adds a content item",
    answers: { 200: "It is there.", 201: "Added." },
  },
  [`put ${C}/members/me/blocks/{memberId}`]: {
    who: "member",
    summary: "Never in one group with that member; private, and it counts both ways",
    answers: { 204: "Blocked.", 429: "Too many changes this hour." },
  },
  [`delete ${C}/members/me/blocks/{memberId}`]: {
    who: "member",
    summary: "Takes one's own block back",
    answers: { 204: "Gone.", 429: "Too many changes this hour." },
  },
  [`get ${C}/model`]: {
    who: "member",
    summary: "The item matrix, or the rows changed since a version",
    query: modelQuerySchema,
    answers: { 200: "The model.", 304: "Not changed.", 429: "Too many this hour." },
  },
  [`post ${C}/gradients`]: {
    who: "member",
    summary: "Queues one gradient",
    body: gradientBodySchema,
    answers: { 202: "Queued.", 429: "Too many this hour." },
  },
  [`get ${C}/gradients/{id}`]: {
    who: "member",
    summary: "What became of a gradient",
    answers: { 200: "Its status." },
  },
  [`post ${C}/ratings`]: {
    who: "hosted member",
    summary: "Queues one rating",
    body: ratingBodySchema,
    answers: { 202: "Queued.", 409: "Learning is local.", 429: "Too many this hour." },
  },
  [`get ${C}/ratings/{id}`]: {
    who: "hosted member",
    summary: "What became of a rating",
    answers: { 200: "Its status.", 409: "Learning is local." },
  },
  [`get ${C}/recommendations/me`]: {
    who: "hosted member",
    summary: "What the member may like, best first, neither met nor rated yet",
    query: recommendationsQuerySchema,
    answers: { 200: "Items with scores; the Link header leads to the next page.", 409: "Learning is local." },
  },
  [`get ${C}/assignments/me`]: {
    who: "member",
    summary: "The member's group, and in words why these people",
    answers: { 200: "The group." },
  },
  [`get ${C}/assignments`]: {
    who: "operator",
    summary: "All groups of the latest round, by pages",
    query: assignmentsQuerySchema,
    answers: { 200: "Groups." },
  },
  [`post ${C}/rounds`]: { who: "operator", summary: "Publishes the draft", answers: { 201: "Published." } },
  [`get ${C}/rounds/{round}`]: {
    who: "operator",
    summary: "A round, its groups and how good it is",
    answers: { 200: "The round." },
  },
  [`put ${C}/season`]: {
    who: "operator",
    summary:
      "Plans the next rounds so that nobody meets twice, as far as that can be; replaces a season before",
    body: seasonBodySchema,
    answers: { 200: "The season.", 409: "Fewer than 2 members can take part, or more than a season is for." },
  },
  [`get ${C}/season`]: {
    who: "member",
    summary: "How good the season's plan is; to operators also its groups and what of it no longer holds",
    answers: { 200: "The season; after its last round its state is finished.", 404: "None is planned." },
  },
  [`delete ${C}/season`]: {
    who: "operator",
    summary: "Ends the season: the rounds to come are grouped freely again",
    answers: { 204: "Gone." },
  },
  [`get ${C}/history`]: {
    who: "operator",
    summary: "The commit log",
    query: historyQuerySchema,
    answers: { 200: "Commits." },
  },
  [`get ${C}/versions`]: {
    who: "operator",
    summary: "The versions of the model that are kept",
    answers: { 200: "Versions, newest first." },
  },
  [`post ${C}/versions/{version}/restore`]: {
    who: "operator",
    summary: "Makes a kept version current again, as a new version",
    answers: { 200: "The version that it made." },
  },
};

/** A refinement, such as that of ids, is no JSON schema; its field shows as what it refines. */
function jsonSchema(schema: Schema): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return rest;
}

function parametersOf(path: string, query: z.ZodMiniObject | undefined): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: "path", required: true, schema: jsonSchema(PARAMETERS[name]) };
  });
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    return { name, in: "query", required: false, schema: jsonSchema(schema as Schema) };
  });
  return [...inPath, ...inQuery];
}

function operationOf(path: string, call: Call): object {
  const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const answers = Object.entries(call.answers).map(([status, description]) => [status, { description }]);
  return {
    summary: call.summary,
    description: `For: ${call.who}.`,
    parameters: parametersOf(path, call.query),
    ...(call.body
      ? {
          requestBody: {
            required: !call.isBodyOptional,
            content: { "application/json": { schema: jsonSchema(call.body) } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      default: { description: "A problem (RFC 9457).", content: problem },
    },
    ...(call.who === "anyone" ? {} : { security: [{ bearer: [] }] }),
  };
}

const text = { type: "string" };
const PROBLEM = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: text,
    title: text,
    status: { type: "integer" },
    detail: text,
    requestId: text,
    errors: { type: "array", items: { type: "object", properties: { pointer: text, detail: text } } },
  },
};

/** The contract as OpenAPI 3.1, from the schemas that check it. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [key, call] of Object.entries(CALLS)) {
    const [method, path] = key.split(" ");
    paths[path] = { ...paths[path], [method]: operationOf(path, call) };
  }
  const securitySchemes = { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } };
  const info = { title: "Tertulia", version: "1", license: { name: "MIT", identifier: "MIT" } };
  return { openapi: "3.1.0", info, paths, components: { schemas: { Problem: PROBLEM }, securitySchemes } };
}

/** `GET /openapi.json` */
export const handler = endpoint(async () => ({ status: 200, body: openApi() }));
