/**
 * The edge of every API function: reads the gateway's event into a request, and writes what comes back, or what was thrown,
 * as the contract says. Handlers behind it see plain values and answer with plain values.
 */
import { gzipSync } from "node:zlib";
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
import { type Head, readHead } from "../../infra/head-store.ts";
import { type Membership, readMembership } from "../../infra/membership.ts";
import { count } from "../../infra/metrics.ts";
import type { TransactionOutcome } from "../../infra/transaction.ts";
import { logError, writesMetrics } from "../steps/log.ts";

export type HttpEvent = APIGatewayProxyEventV2WithJWTAuthorizer;

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What a handler is asked. `userId` is the token's sub. */
export interface Request {
  userId: string;
  isOperator: boolean;
  community: string;
  event: HttpEvent;
  nowMs: number;
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

/** The JSON body, not yet checked, or 413, 415, 400. What exceeds one SQS message could not be queued. */
export function jsonBody(event: HttpEvent): unknown {
  const text = event.isBase64Encoded
    ? Buffer.from(event.body ?? "", "base64")
    : Buffer.from(event.body ?? "");
  if (text.length > MESSAGE_BYTES_MAX) {
    throw new Problem(
      "body-too-large",
      `The body has ${text.length} bytes; at most ${MESSAGE_BYTES_MAX} are read.`,
    );
  }
  const type = (event.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
  if (type !== "application/json") {
    throw new Problem("unsupported-media-type", `The content type is '${type}', expected application/json.`);
  }
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
const GZIP_BYTES_MIN = 4096;

function takesGzip({ headers }: HttpEvent): boolean {
  const codings = (headers["accept-encoding"] ?? "").split(",").map((coding) => coding.replaceAll(" ", ""));
  return codings.some((coding) => /^gzip(;q=(0\.0*[1-9]|1).*)?$/i.test(coding));
}

/**
 * An HTTP API compresses nothing itself. Item names and base64 shrink well: 1,682 changed rows of a model in i8 from 102 KB to
 * 45, by 2 ms of CPU; a higher level gains nothing.
 */
function writeAnswer(event: HttpEvent, { status, body, headers }: Answer): APIGatewayProxyStructuredResultV2 {
  if (body === undefined) return { statusCode: status, headers };
  const text = JSON.stringify(body);
  const written = { "content-type": "application/json", vary: "accept-encoding", ...headers };
  if (text.length < GZIP_BYTES_MIN || !takesGzip(event)) {
    return { statusCode: status, headers: written, body: text };
  }
  return {
    statusCode: status,
    headers: { ...written, "content-encoding": "gzip" },
    body: gzipSync(text, { level: 1 }).toString("base64"),
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

/** Reads who asks and about which community. The gateway has checked the token. */
export function readRequest(event: HttpEvent): Request {
  const { claims, scopes } = event.requestContext.authorizer.jwt;
  const userId = String(claims.sub ?? "");
  if (userId === "" || userId.length > USER_ID_LENGTH_MAX) {
    throw new Problem("unauthorized", `The token's sub must have 1 to ${USER_ID_LENGTH_MAX} characters.`);
  }
  const granted = scopes ?? String(claims.scope ?? "").split(" ");
  const community = valid(parse(communityNameSchema, event.pathParameters?.community, ["community"]));
  return { userId, isOperator: granted.includes(names.operatorScope), community, event, nowMs: Date.now() };
}

export function unknownCommunity(community: string): Problem {
  return new Problem("unknown-community", `There is no community '${community}'.`);
}

export function notAMember(community: string): Problem {
  return new Problem("not-a-member", `You are not a member of '${community}'; PUT members/me joins.`);
}

/** What a change to a member's own item came to: done, or a member no longer, or too busy just now. */
export function requireChanged({ outcome }: TransactionOutcome, community: string): void {
  if (outcome === "condition") throw notAMember(community);
  if (outcome !== "committed") throw new Problem("try-again", "The item was busy.", { retryAfterSeconds: 1 });
}

/** The request of an operator, or 403. */
export function readOperatorRequest(event: HttpEvent): Request {
  const request = readRequest(event);
  if (!request.isOperator)
    throw new Problem("operator-scope-needed", `The token's scope must contain '${names.operatorScope}'.`);
  return request;
}

/** The request of an operator about a community that exists, or 403, 404. */
export async function readOperatorCommunity(event: HttpEvent): Promise<{ request: Request; head: Head }> {
  const request = readOperatorRequest(event);
  const head = await readHead(request.community);
  if (!head) throw unknownCommunity(request.community);
  return { request, head };
}

/** The request of a member, with head and membership, or 404, 403. */
export async function readMemberRequest(event: HttpEvent) {
  const request = readRequest(event);
  const { head, member } = await readMembership(request.community, request.userId);
  if (!head) throw unknownCommunity(request.community);
  if (!member) throw notAMember(request.community);
  return { request, head, member };
}

/** The membership of a hosted member, or 404, 403, 409. */
export function requireHosted({ head, member }: Membership, community: string) {
  if (!head) throw unknownCommunity(community);
  if (!member) throw notAMember(community);
  if (member.learning !== "hosted" || !member.ratings) {
    const detail =
      "Your learning is local: your device does this. PUT members/me with learning 'hosted' changes it.";
    throw new Problem("learning-is-local", detail);
  }
  return { head, member, ratingsKey: member.ratings.key };
}

/** The request of a hosted member, or 404, 403, 409. */
export async function readHostedRequest(event: HttpEvent) {
  const request = readRequest(event);
  const membership = await readMembership(request.community, request.userId);
  return { request, ...requireHosted(membership, request.community) };
}
