/**
 * Lets pages of other origins call the gateway, as an HTTP API does: it answers preflights itself, with or
 * without a route, and its own headers stand on every answer to a page, errors too, in place of any that a
 * function sends. The buckets answer pages by the same words.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Answer } from "./problem.ts";

const texts = z.array(z.string()).min(1);

/** `provider.httpApi.cors`; one origin may stand without brackets, as a parameter of the command line does. */
export const corsSchema = z.strictObject({
  allowedOrigins: z.union([z.string().transform((origin) => [origin]), texts]),
  allowedHeaders: texts,
  allowedMethods: texts,
  exposedResponseHeaders: texts.optional(),
  /** Seconds. */
  maxAge: z.int().min(0).optional(),
});
export type Cors = z.infer<typeof corsSchema>;

/** A browser asks, before the request itself, whether a page of another origin may send it. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === "OPTIONS" && !!headers.origin && !!headers["access-control-request-method"];
}

export function preflightAnswer(cors: Cors, request: IncomingMessage): Answer {
  const headers = originHeaders(cors, request);
  if (headers) {
    headers["access-control-allow-methods"] = cors.allowedMethods.join(",");
    headers["access-control-allow-headers"] = cors.allowedHeaders.join(",");
    if (cors.maxAge !== undefined) headers["access-control-max-age"] = String(cors.maxAge);
  }
  return { statusCode: 204, headers: headers ?? {}, body: "" };
}

export function withCors(cors: Cors, request: IncomingMessage, answer: Answer): Answer {
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith("access-control-"));
  const headers = { ...Object.fromEntries(own), ...originHeaders(cors, request) };
  if (cors.exposedResponseHeaders && "access-control-allow-origin" in headers) {
    headers["access-control-expose-headers"] = cors.exposedResponseHeaders.join(",");
  }
  return { ...answer, headers };
}

/** Undefined where no page asks, or one of an origin that is not allowed. */
export function originHeaders({ allowedOrigins }: Cors, { headers }: IncomingMessage) {
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const allowed = allowedOrigins.includes("*") ? "*" : allowedOrigins.find((one) => one === origin);
  return allowed === undefined
    ? undefined
    : ({ "access-control-allow-origin": allowed } as Record<string, string>);
}
