import * as z from "zod/mini";
import { RATINGS_PER_REQUEST_MAX } from "../domain/limits.ts";
import {
  itemBodySchema,
  recommendationsBodySchema,
  recommendationsQuerySchema,
  similarQuerySchema,
} from "../domain/messages/item-messages.ts";
import {
  anyItemIdSchema,
  communityBodySchema,
  communityNameSchema,
  gradientBodySchema,
  gradientIdSchema,
  inviteCodeSchema,
  memberIdSchema,
  modelQuerySchema,
  ratingBodySchema,
  seasonBodySchema,
  userFactorsBodySchema,
  versionNumberSchema,
} from "../domain/messages/messages.ts";
import { webhookNameSchema } from "../domain/messages/notice-messages.ts";
import { pageQuerySchema, userIdSchema } from "../domain/messages/people-messages.ts";
import { roundNameSchema } from "../domain/messages/round-messages.ts";
import { endpoint } from "./http/http.ts";
import { IMPORT_CALLS } from "./http/import-calls.ts";
import { type Call, PEOPLE_CALLS, type Schema } from "./http/people-calls.ts";
import { ROUND_CALLS } from "./http/round-calls.ts";
import { VERSION_CALLS } from "./http/version-calls.ts";
import { WEBHOOK_CALLS, webhooksOf } from "./http/webhook-calls.ts";

const C = "/communities/{community}";
const PARAMETERS: Record<string, Schema> = {
  community: communityNameSchema,
  code: inviteCodeSchema,
  id: gradientIdSchema,
  itemId: anyItemIdSchema,
  memberId: memberIdSchema,
  round: roundNameSchema,
  userId: userIdSchema,
  sum: versionNumberSchema,
  version: versionNumberSchema,
  webhook: webhookNameSchema,
};

const CALLS: Record<string, Call> = {
  "get /health": { who: "anyone", summary: "Is the API up?", answers: { 200: "It is." } },
  "get /openapi.json": { who: "anyone", summary: "This page", answers: { 200: "The contract." } },
  "get /console.json": {
    who: "anyone",
    summary: "What the console needs to sign somebody in",
    answers: { 200: "Issuer, client, audience, scopes." },
  },
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
  ...IMPORT_CALLS,
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
    summary: "Adds a content item, or replaces what is told of it",
    body: itemBodySchema,
    isBodyOptional: true,
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
    answers: { 200: "Items, by itemId; next is the cursor of the page behind." },
  },
  [`get ${C}/items/{itemId}`]: {
    who: "member",
    summary: "What is told of an item",
    answers: { 200: "The item.", 404: "There is none." },
  },
  [`get ${C}/items/{itemId}/similar`]: {
    who: "member",
    summary: "What those like who like this item",
    query: similarQuerySchema,
    filtersByTags: true,
    answers: { 200: "Items with similarities, the most similar first.", 404: "There is no such item." },
  },
  [`get ${C}/members/me/blocks`]: {
    who: "member",
    summary: "Whom one has blocked",
    answers: { 200: "One's own blocks." },
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
  [`post ${C}/sums/{sum}/reports`]: {
    who: "member",
    summary: "Queues a report for the open sum, where sums are secure; GET C tells what it must answer to",
    octets:
      "'TR', version, bits, sum, modelVersion, value count, id, sealed seed, share: src/domain/messages/report.ts",
    answers: { 202: "Queued.", 409: "Sums are plain, or this one is closed.", 429: "Too many this hour." },
  },
  [`get ${C}/gradients/{id}`]: {
    who: "member",
    summary: "What became of a gradient or a report",
    answers: { 200: "Its status." },
  },
  [`post ${C}/ratings`]: {
    who: "hosted member",
    summary: "Queues one rating, or up to 100 in an array, each with its own outcome in the answer",
    body: z.union([ratingBodySchema, z.array(ratingBodySchema).check(z.maxLength(RATINGS_PER_REQUEST_MAX))]),
    answers: {
      202: "Queued; of an array, what is good of it.",
      409: "Learning is local.",
      429: "Too many this hour.",
    },
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
    filtersByTags: true,
    answers: { 200: "Items with scores; the Link header leads to the next page.", 409: "Learning is local." },
  },
  [`post ${C}/recommendations/me`]: {
    who: "hosted member",
    summary: "Several lists at once, no item in two of them unless they may repeat",
    body: recommendationsBodySchema,
    answers: { 200: "The lists.", 409: "Learning is local." },
  },
  ...ROUND_CALLS,
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
  ...WEBHOOK_CALLS,
  ...VERSION_CALLS,
};

/** A refinement, such as that of ids, is no JSON schema; its field shows as what it refines. */
function jsonSchema(schema: Schema): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return rest;
}

const TAG_PARAMETER = {
  name: "tag.NAME",
  in: "query",
  description: "The value that the tag NAME must have.",
  schema: { type: "string" },
};

function parametersOf(path: string, { query, filtersByTags }: Call): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => {
    return { name, in: "path", required: true, schema: jsonSchema(PARAMETERS[name]) };
  });
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    return { name, in: "query", required: false, schema: jsonSchema(schema as Schema) };
  });
  return [...inPath, ...inQuery, ...(filtersByTags ? [TAG_PARAMETER] : [])];
}

const pascal = (word: string): string => word[0].toUpperCase() + word.slice(1);

/** `get C/items/{itemId}` is `getItemsByItemId`, `put C` is `putCommunity`. */
function operationIdOf(method: string, path: string): string {
  const within = path === C ? "/community" : path.replace(`${C}/`, "/");
  const words = within.slice(1).split(/[/.-]/);
  return (
    method + words.map((word) => (word[0] === "{" ? `By${pascal(word.slice(1, -1))}` : pascal(word))).join("")
  );
}

/** What a call is about: the first word of its path, or of what stands below a community. */
function tagOf(path: string): string {
  const [, word] = path.replace(/^\/communities\/\{community\}(?=\/)/, "").split("/");
  return word.replace(/\.json$/, "");
}

function requestBodyOf({ body, octets, isBodyOptional }: Call): object {
  if (octets !== undefined) {
    const content = { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
    return { requestBody: { required: true, description: octets, content } };
  }
  if (!body) return {};
  const content = { "application/json": { schema: jsonSchema(body) } };
  return { requestBody: { required: !isBodyOptional, content } };
}

function operationOf(method: string, path: string, call: Call): object {
  const problem = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  const answers = Object.entries(call.answers).map(([status, description]) => [status, { description }]);
  return {
    operationId: operationIdOf(method, path),
    summary: call.summary,
    tags: [tagOf(path)],
    description: `For: ${call.who}.`,
    parameters: parametersOf(path, call),
    ...requestBodyOf(call),
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
    paths[path] = { ...paths[path], [method]: operationOf(method, path, call) };
  }
  const securitySchemes = { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } };
  const info = { title: "Tertulia", version: "1", license: { name: "MIT", identifier: "MIT" } };
  const components = { schemas: { Problem: PROBLEM }, securitySchemes };
  return { openapi: "3.1.0", info, paths, webhooks: webhooksOf(jsonSchema), components };
}

/** `GET /openapi.json` */
export const handler = endpoint(async () => ({ status: 200, body: openApi() }));
