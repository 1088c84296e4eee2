/**
 * Turns a request into the event of an HTTP API and a handler's result into an answer, payload format 2.0:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { JWTPayload } from "jose";
import { accountId } from "../template/resources.ts";
import type { Answer } from "./problem.ts";

export interface RoutedRequest {
  request: IncomingMessage;
  /** Percent-decoded: an HTTP API decodes the path before it looks for a route. */
  path: string;
  rawQueryString: string;
  body: Buffer;
  routeKey: string;
  pathParameters: Record<string, string>;
  claims?: JWTPayload;
}

/** The event that the handler of a route sees. */
export function httpEvent(routed: RoutedRequest): APIGatewayProxyEventV2 {
  const { request, path, rawQueryString, body, routeKey, pathParameters, claims } = routed;
  const { cookie, ...headers } = joined(request.headersDistinct);
  const query = queryParameters(rawQueryString);
  const isBase64Encoded = body.length > 0 && !isText(headers["content-type"]);
  const host = headers.host ?? "";
  const now = new Date();
  const event = {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookie && { cookies: cookie.split(/; */) }),
    headers,
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId,
      apiId: "local",
      ...(claims && { authorizer: { jwt: { claims: claimTexts(claims), scopes: null } } }),
      domainName: host.replace(/:\d+$/, ""),
      domainPrefix: host.split(/[.:]/)[0],
      http: {
        method: request.method ?? "",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      time: timeText(now),
      timeEpoch: now.getTime(),
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
  return event as APIGatewayProxyEventV2; // the type knows no `scopes: null`, which is what AWS sends
}

function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values!.join(",")]));
}

/** Repeated parameters are joined by commas. */
function queryParameters(rawQueryString: string): Record<string, string> | undefined {
  if (rawQueryString === "") return undefined;
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  return { ...parameters };
}

/**
 * Bodies of these types come as text, all others as base64, forms and those without a type among them. AWS does not
 * document the list; it was read off the real thing: https://github.com/ministackorg/ministack/pull/766
 */
function isText(contentType = ""): boolean {
  return /^\s*(text\/|application\/(json|javascript|xml)\s*(;|$))/i.test(contentType);
}

/** AWS hands claims over as texts: numbers in decimal, lists as `[a b]`. */
function claimTexts(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(" ")}]` : String(value),
    ]),
  );
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `12/Mar/2020:19:03:58 +0000` */
function timeText(date: Date): string {
  const [day, month, year] = [date.getUTCDate(), date.getUTCMonth(), date.getUTCFullYear()];
  return `${String(day).padStart(2, "0")}/${months[month]}/${year}:${date.toISOString().slice(11, 19)} +0000`;
}

/** Throws on a result that is none of the forms an HTTP API takes. */
export function httpAnswer(result: unknown): Answer {
  const jsonHeaders = { "content-type": "application/json" };
  if (result === undefined || result === null) return { statusCode: 200, headers: jsonHeaders, body: "null" };
  if (typeof result !== "object" || !("statusCode" in result)) {
    // Without a status code the gateway infers one.
    const body = typeof result === "string" ? result : JSON.stringify(result);
    return { statusCode: 200, headers: jsonHeaders, body };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) throw new Error(`status code ${statusCode}`);
  if (body !== undefined && body !== null && typeof body !== "string")
    throw new Error("the body is no string");
  const answer: Answer = {
    statusCode: status,
    headers: { "content-type": "text/plain;charset=UTF-8" },
    body: "",
  };
  for (const [name, value] of Object.entries((headers ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null) answer.headers[name.toLowerCase()] = String(value);
  }
  if (Array.isArray(cookies) && cookies.length > 0) answer.headers["set-cookie"] = cookies.map(String);
  if (typeof body === "string") answer.body = isBase64Encoded ? Buffer.from(body, "base64") : body;
  return answer;
}
