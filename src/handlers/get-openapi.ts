import * as z from "zod/mini";
import { ANSWERS } from "../domain/messages/answers/answer.ts";
import * as people from "../domain/messages/answers/people-answers.ts";
import {
  anyItemIdSchema,
  communityBodySchema,
  communityNameSchema,
  gradientIdSchema,
  inviteCodeSchema,
  memberIdSchema,
  versionNumberSchema,
} from "../domain/messages/messages.ts";
import { webhookNameSchema } from "../domain/messages/notice-messages.ts";
import { userIdSchema } from "../domain/messages/people-messages.ts";
import { roundNameSchema } from "../domain/messages/round-messages.ts";
import { endpoint } from "./http/http.ts";
import { IMPORT_CALLS } from "./http/import-calls.ts";
import { LEARNING_CALLS } from "./http/learning-calls.ts";
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
  "get /health": {
    who: "anyone",
    summary: "Is the API up?",
    gives: people.health,
    answers: { 200: "It is." },
  },
  "get /openapi.json": {
    who: "anyone",
    summary: "This page",
    gives: people.openApiPage,
    answers: { 200: "The contract." },
  },
  "get /console.json": {
    who: "anyone",
    summary: "What the console needs to sign somebody in",
    gives: people.signIn,
    answers: { 200: "Issuer, client, audience, scopes." },
  },
  [`put ${C}`]: {
    who: "operator",
    summary: "Makes a community, by the scope alone, or merges settings into it",
    body: communityBodySchema,
    gives: people.community,
    answers: { 200: "Changed.", 201: "Made.", 409: "One of this name is being erased." },
  },
  ...PEOPLE_CALLS,
  [`get ${C}`]: {
    who: "member",
    summary: "Settings, counts, versions, next round",
    gives: people.community,
    answers: { 200: "The community.", 304: "Not changed." },
  },
  ...IMPORT_CALLS,
  ...LEARNING_CALLS,
  ...ROUND_CALLS,
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

const componentUri = (id: string): string => `#/components/schemas/${id}`;
const inType = (type: string, schema: object) => ({ [type]: { schema } });
const PROBLEM = inType("application/problem+json", { $ref: componentUri("Problem") });

/** What an answer of this status holds. */
function contentOf(status: number, { gives, givesText }: Call): object {
  if (status >= 400) return { content: PROBLEM };
  if (status === 204 || status === 304 || !(gives || givesText)) return {};
  const json = gives && inType("application/json", { $ref: componentUri(ANSWERS.get(gives)!.id) });
  return { content: { ...json, ...(givesText && inType(givesText, { type: "string" })) } };
}

function operationOf(method: string, path: string, call: Call): object {
  const answers = Object.entries(call.answers).map(([status, description]) => {
    return [status, { description, ...contentOf(Number(status), call) }];
  });
  return {
    operationId: operationIdOf(method, path),
    summary: call.summary,
    tags: [tagOf(path)],
    description: `For: ${call.who}.`,
    parameters: parametersOf(path, call),
    ...requestBodyOf(call),
    responses: {
      ...Object.fromEntries(answers),
      default: { description: "A problem (RFC 9457).", content: PROBLEM },
    },
    ...(call.who === "anyone" ? {} : { security: [{ bearer: [] }] }),
  };
}

/** The answers by their names. */
function componentSchemas(): Record<string, object> {
  const { schemas } = z.toJSONSchema(ANSWERS, { uri: componentUri, unrepresentable: "any" });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema] as const),
  );
}

/** The contract as OpenAPI 3.1, from the schemas that check it. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [key, call] of Object.entries(CALLS)) {
    const [method, path] = key.split(" ");
    paths[path] = { ...paths[path], [method]: operationOf(method, path, call) };
  }
  const securitySchemes = { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } };
  const info = { title: "Tertulia", version: "1", license: { name: "MIT", identifier: "MIT" } };
  const components = { schemas: componentSchemas(), securitySchemes };
  return { openapi: "3.1.0", info, paths, webhooks: webhooksOf(jsonSchema), components };
}

let page: object | undefined;

/** `GET /openapi.json`: an instance makes it once, since it takes 30 ms and anybody may ask. */
export const handler = endpoint(async () => {
  page ??= openApi();
  return { status: 200, body: page };
});
