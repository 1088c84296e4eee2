/**
 * API Gateway's HTTP API for one machine: routes, JWT authorizer, limits, and two calls that AWS never has:
 * `POST /dev/token`, and `GET /dev/environment`, by which `npm run ops` and `npm run invoke` find the tables
 * and queues.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWTPayload } from "jose";
import { z } from "zod";
import { FunctionTimeout, type LocalFunction } from "../functions.ts";
import { invocationBytesMax } from "../mappings/event-source.ts";
import type { JwtAuthorizer } from "../template/template.ts";
import { type Cors, isPreflight, preflightAnswer, withCors } from "./cors.ts";
import { httpAnswer, httpEvent } from "./http-event.ts";
import { type Answer, problem } from "./problem.ts";
import { byPrecedence, findRoute, type Route } from "./routes.ts";
import type { TokenRequest, Tokens } from "./tokens.ts";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const bodyBytesMax = 10 * 1024 * 1024;
const integrationTimeoutMs = 30_000;
// Base64 and quoting lengthen a body; below this length no event reaches the 6 MB of an invocation.
const bodyBytesSafe = invocationBytesMax / 3;

export interface Target {
  fn: LocalFunction;
  authorizer?: JwtAuthorizer;
}

export interface Gateway {
  url: string;
  /** Accepts no more, and resolves when the requests that run are answered. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** 0 takes any free one. */
  port: number;
  routes: Route<Target>[];
  tokens: Tokens;
  /** Whose tokens `POST /dev/token` makes. */
  issuer?: JwtAuthorizer;
  cors?: Cors;
  /** The functions' environment. */
  environment: Record<string, string>;
  log: (line: string) => void;
}

/** Listens on this machine alone; rejects when the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const sorted = { ...options, routes: byPrecedence(options.routes) };
  let stopping = false;
  const { cors } = options;
  const server = createServer(async (request, response) => {
    const respond = (result: Answer) => send(response, cors ? withCors(cors, request, result) : result);
    try {
      if (cors && isPreflight(request)) return send(response, preflightAnswer(cors, request));
      const result = await answer(request, sorted);
      if (stopping) response.setHeader("connection", "close");
      respond(result);
    } catch (error) {
      if (response.destroyed) return; // the caller has gone
      options.log(`gateway: ${error instanceof Error ? error.stack : String(error)}`);
      respond(problem(500, "internal-error", "The gateway failed"));
    }
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening"); // rejects on "error"
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      stopping = true;
      const closed = once(server, "close");
      server.close(); // closes idle connections too
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, options: GatewayOptions): Promise<Answer> {
  const { routes, tokens, issuer, log } = options;
  const body = await readBody(request);
  if (!body) return problem(413, "body-too-large", `The body may have ${bodyBytesMax} bytes`);
  const [rawPath, rawQueryString = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const path = decoded(rawPath);
  if (path === undefined) return problem(400, "invalid-request", `${rawPath} is not percent-encoded`);
  if (issuer && path === "/dev/token" && request.method === "POST") return devToken(body, tokens, issuer);
  if (path === "/dev/environment" && request.method === "GET") return json(options.environment);
  const found = findRoute(routes, request.method ?? "", path);
  if (!found) return problem(404, "unknown-route", `There is no route ${request.method} ${rawPath}`);
  const { fn, authorizer } = found.route.target;
  let claims: JWTPayload | undefined;
  if (authorizer) {
    const token = (request.headers.authorization ?? "").replace(/^Bearer /i, ""); // AWS takes it with and without
    try {
      claims = await tokens.verify(token, authorizer);
    } catch (error) {
      return unauthorized(token, error);
    }
  }
  const { pathParameters } = found;
  const routeKey = found.route.key;
  const event = httpEvent({ request, path, rawQueryString, body, routeKey, pathParameters, claims });
  if (body.length > bodyBytesSafe && Buffer.byteLength(JSON.stringify(event)) > invocationBytesMax) {
    return problem(413, "body-too-large", `The function's event may have ${invocationBytesMax} bytes`);
  }
  return invoke(fn, event, log);
}

/** Undefined when it is longer than the gateway takes. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) chunks.push(chunk); // the rest is read and dropped, so that the client hears of it
    });
    request.on("end", () => resolve(bytes > bodyBytesMax ? undefined : Buffer.concat(chunks)));
    request.on("error", reject); // the client went away
  });
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function unauthorized(token: string, error: unknown): Answer {
  const detail =
    token === "" ? "The request has no bearer token" : `The token is not valid: ${String(error)}`;
  const challenge = token === "" ? "Bearer" : 'Bearer error="invalid_token"';
  return problem(401, "unauthorized", detail, { headers: { "www-authenticate": challenge } });
}

/**
 * A handler that throws is 500. One that runs into its own timeout is 504 here, 500 on AWS; the gateway's own timeout
 * is 503 on both.
 */
async function invoke(fn: LocalFunction, event: object, log: (line: string) => void): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Answer>((resolve) => {
    const tooLate = problem(503, "gateway-timeout", "The function took longer than the gateway waits, 30 s");
    timer = setTimeout(() => resolve(tooLate), integrationTimeoutMs);
  });
  try {
    const answer = await Promise.race([timeout, fn.invoke(event).then(httpAnswer)]);
    if (Buffer.byteLength(answer.body) <= invocationBytesMax) return answer;
    log(`${fn.name}: the response is longer than the ${invocationBytesMax} bytes of an invocation`);
    return problem(500, "internal-error", "The function's response is too large");
  } catch (error) {
    if (error instanceof FunctionTimeout) return problem(504, "function-timeout", error.message);
    log(`${fn.name}: ${String(error)}`);
    return problem(500, "internal-error", "The function failed");
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, { statusCode, headers, body }: Answer): void {
  // A length on 204 and 304 would announce a body that never comes.
  const length =
    statusCode === 204 || statusCode === 304 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(statusCode, { ...headers, ...length }).end(body);
}

const tokenRequest = z.strictObject({
  sub: z.string().min(1),
  scope: z.string().optional(),
  audience: z.string().min(1).optional(),
  expiresInSeconds: z.int().optional(),
});

async function devToken(body: Buffer, tokens: Tokens, issuer: JwtAuthorizer): Promise<Answer> {
  let request: TokenRequest;
  try {
    const parsed = tokenRequest.safeParse(JSON.parse(body.toString("utf8")));
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ path, message }) => ({
        pointer: `#${path.map((key) => `/${String(key)}`).join("")}`,
        detail: message,
      }));
      return problem(400, "invalid-request", errors[0].detail, { fields: { errors } });
    }
    request = parsed.data;
  } catch {
    return problem(400, "invalid-request", 'The body must be JSON such as {"sub":"ana"}');
  }
  const token = await tokens.sign(request, issuer);
  return json({ token });
}

const json = (body: object): Answer => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
