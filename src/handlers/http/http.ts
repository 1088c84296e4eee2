/**
 * The edge of every API function: reads the gateway's event into a request, and writes what comes back, or what was thrown,
 * as the contract says. Handlers behind it see plain values and answer with plain values.
 */
import { createHash } from "node:crypto";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import middy from "@middy/core";
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import type * as z from "zod/mini";
import { invalidRequest, PROBLEMS, Problem } from "../../domain/errors.ts";
import { MESSAGE_BYTES_MAX, USER_ID_LENGTH_MAX } from "../../domain/limits.ts";
import { communityNameSchema, type Parsed, parse } from "../../domain/messages/messages.ts";
import { names } from "../../infra/aws.ts";
import { count } from "../../infra/metrics.ts";
import type { TransactionOutcome } from "../../infra/transaction.ts";
import { logError, writesMetrics } from "../steps/log.ts";

export type HttpEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

export interface Answer {
  status: number;
  body?: unknown;
  /** In place of `body`, as it is; the headers say what it is. */
  text?: string;
  /** Likewise, of a file that is compressed already. */
  bytes?: Uint8Array;
  headers?: Record<string, string>;
}

/** Who asks, by their token; `userId` is its sub. */
export interface Identity {
  userId: string;
  /** Makes them an operator of every community. */
  hasOperatorScope: boolean;
  nowMs: number;
}

export interface Request extends Identity {
  community: string;
}

/** The value, or the 400 that names its faulty fields. */
export function valid<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw invalidRequest(parsed.errors);
  return parsed.value;
}

/** The query, checked by `schema`; names it does not know are errors, as in bodies. */
export function queryOf<Schema extends z.ZodMiniType>(event: HttpEvent, schema: Schema): z.infer<Schema> {
  return valid(parse(schema, { ...event.queryStringParameters }));
}

/** The ETag of a content, in parts. */
export function etagOf(...content: string[]): string {
  const hash = createHash("sha256");
  for (const part of content) hash.update(part);
  return `"${hash.digest("base64url").slice(0, 16)}"`;
}

/** Whether the caller has what an ETag stands for. */
export function isKnown(event: HttpEvent, etag: string): boolean {
  const tags = (event.headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

/** The body of a type, or 413, 415. What exceeds one SQS message could not be queued. */
function bodyOf(event: HttpEvent, expected: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > MESSAGE_BYTES_MAX) {
    throw new Problem(
      "body-too-large",
      `The body has ${bytes.length} bytes; at most ${MESSAGE_BYTES_MAX} are read.`,
    );
  }
  const type = (event.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  if (type !== expected)
    throw new Problem("unsupported-media-type", `The content type is '${type}', expected ${expected}.`);
  return bytes;
}

/** The bytes of an octet-stream. */
export function bytesBody(event: HttpEvent): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bodyOf(event, "application/octet-stream"));
}

/** The JSON body, not yet checked, or 413, 415, 400. */
export function jsonBody(event: HttpEvent): unknown {
  const text = bodyOf(event, "application/json");
  try {
    return JSON.parse(text.toString("utf8"));
  } catch {
    throw invalidRequest([{ pointer: "#", detail: "is not JSON" }]);
  }
}

/**
 * RFC 9457 problem details of whatever was thrown; what is not a Problem is a bug, logged, and told nothing about. By the
 * request id an operator finds its log lines.
 */
function problemAnswer(error: unknown, requestId: string): Answer {
  const problem =
    error instanceof Problem ? error : new Problem("internal-error", "The error is in the log.");
  const { status, title } = PROBLEMS[problem.type];
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (problem.retryAfterSeconds !== undefined) headers["retry-after"] = String(problem.retryAfterSeconds);
  if (status >= 500) count("ServerErrors");
  const body = { type: problem.type, title, status, detail: problem.message, requestId };
  return { status, headers, body: problem.errors.length > 0 ? { ...body, errors: problem.errors } : body };
}

/** What fits into three packets is not worth the work. */
const COMPRESSED_BYTES_MIN = 4096;

/**
 * An HTTP API compresses nothing itself. 25,000 changed rows of a model in i8 are 1,039 KB, 584 in gzip by 27 ms of CPU, where a
 * higher level gains nothing, and 532 in brotli by 16.
 */
const CODINGS = {
  br: (text: string) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (text: string) => gzipSync(text, { level: 1 }),
};

/** The first of our codings that the caller takes. */
function codingFor({ headers }: HttpEvent): keyof typeof CODINGS | undefined {
  const taken = (headers["accept-encoding"] ?? "").split(",").map((coding) => coding.replaceAll(" ", ""));
  const isTaken = (name: string) =>
    taken.some((coding) => new RegExp(`^${name}(;q=(0\\.0*[1-9]|1).*)?$`, "i").test(coding));
  return (["br", "gzip"] as const).find(isTaken);
}

function writeAnswer(event: HttpEvent, answer: Answer): APIGatewayProxyStructuredResultV2 {
  const { status, headers, body, bytes } = answer;
  if (bytes) {
    return {
      statusCode: status,
      headers,
      body: Buffer.from(bytes).toString("base64"),
      isBase64Encoded: true,
    };
  }
  const text = answer.text ?? JSON.stringify(body);
  if (text === undefined) return { statusCode: status, headers };
  const written = { "content-type": "application/json", vary: "accept-encoding", ...headers };
  const coding = codingFor(event);
  if (text.length < COMPRESSED_BYTES_MIN || !coding) {
    return { statusCode: status, headers: written, body: text };
  }
  return {
    statusCode: status,
    headers: { ...written, "content-encoding": coding },
    body: CODINGS[coding](text).toString("base64"),
    isBase64Encoded: true,
  };
}

type Respond = (event: HttpEvent, context: Context) => Promise<Answer>;

/** The Lambda handler of an endpoint: `respond` under middy, its throws turned into problems. */
export function endpoint(respond: Respond) {
  return middy<HttpEvent, APIGatewayProxyStructuredResultV2>(writesMetrics)
    .onError((request) => {
      if (!(request.error instanceof Problem)) logError(request.error, request.context);
      request.response = writeAnswer(
        request.event,
        problemAnswer(request.error, request.context.awsRequestId),
      );
    })
    .handler(async (event, context) => writeAnswer(event, await respond(event, context)));
}

/** The Lambda handler of all calls of a resource, by their routes as in serverless.yml. */
export function resource(calls: Record<string, Respond>) {
  return endpoint((event, context) => calls[event.routeKey](event, context));
}

/** The sub of who asks. The gateway has checked the token. */
export function userIdOf(event: HttpEvent): string {
  const userId = String(event.requestContext.authorizer.jwt.claims.sub ?? "");
  if (userId === "" || userId.length > USER_ID_LENGTH_MAX) {
    throw new Problem("unauthorized", `The token's sub must have 1 to ${USER_ID_LENGTH_MAX} characters.`);
  }
  return userId;
}

/** The community in the path. */
export function communityOf(event: HttpEvent): string {
  return valid(parse(communityNameSchema, event.pathParameters?.community, ["community"]));
}

export function readIdentity(event: HttpEvent): Identity {
  const { claims, scopes } = event.requestContext.authorizer.jwt;
  const userId = userIdOf(event);
  const granted = scopes ?? String(claims.scope ?? "").split(" ");
  return { userId, hasOperatorScope: granted.includes(names.operatorScope), nowMs: Date.now() };
}

/** Reads who asks and about which community. */
export function readRequest(event: HttpEvent): Request {
  const identity = readIdentity(event);
  return { ...identity, community: communityOf(event) };
}

/** The answer to whoever may not know whether there is such a community, too, so it must not tell. */
export function unknownCommunity(community: string): Problem {
  return new Problem("unknown-community", `There is no community '${community}', or you are not in it.`);
}

/** What a leave that has lost every race is told. */
export function modelMoved(): Problem {
  return new Problem("try-again", "The model kept moving.", { retryAfterSeconds: 1 });
}

export function notAMember(community: string): Problem {
  return new Problem("not-a-member", `You are not a member of '${community}'; PUT members/me joins.`);
}

/** What a change to a member's own item came to: done, or a member no longer, or too busy just now. */
export function requireChanged({ outcome }: TransactionOutcome, community: string): void {
  if (outcome === "condition") throw notAMember(community);
  if (outcome !== "committed") throw new Problem("try-again", "The item was busy.", { retryAfterSeconds: 1 });
}
