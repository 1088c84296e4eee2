// What stands between the fuzzer and the API: it gives each request the token of another person, so that no limit is hit, and
// looks at each answer: no 5xx, none over 2 seconds, problems of the one form. Some of the refused requests it sends again in
// the end, when all is quiet, to see that they change nothing.
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod/mini";

/** The token that the fuzzer sends where it means to be signed in. */
export const PLACEHOLDER = "fuzz";
const SECONDS_MAX = 2;
/** Planning a season takes what time the function has, and tells the best plan found by then. */
const SLOW = /^PUT .*\/season$/;
const QUIET_MS = 2_000;
const ANSWER_BYTES_MAX = 6_291_456;

const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  requestId: z.optional(z.string()),
  errors: z.optional(
    z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .check(z.minLength(1), z.maxLength(20)),
  ),
});

export interface WatchingOptions {
  apiUrl: string;
  /** In turn, for requests that carry the placeholder. */
  tokens: readonly string[];
  /** Of all tables. */
  digest: () => Promise<string>;
  /** How many refused requests are sent again. */
  refusedMax: number;
}

export interface Watching {
  url: string;
  requests: number;
  compared: number;
  slowestSeconds: number;
  /** By status. */
  statuses: Map<number, number>;
  faults: string[];
  /** Sends refused requests again: a table that changes is a fault. */
  repeatRefused(): Promise<void>;
  stop(): void;
}

interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const toldOf = ({ method, path, body }: Asked) =>
  `${method} ${path.slice(0, 200)} ${body.toString().slice(0, 300)}`;

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readAsked(request: IncomingMessage, token: string): Promise<Asked> {
  const { method = "GET", url = "/" } = request;
  const headers = { ...request.headers };
  for (const name of ["host", "connection", "transfer-encoding", "accept-encoding"]) delete headers[name];
  if (headers.authorization?.endsWith(PLACEHOLDER)) headers.authorization = `Bearer ${token}`;
  const body = await readAll(request);
  return { method, path: url, headers: { ...headers, "content-length": String(body.length) }, body };
}

const agent = new Agent({ keepAlive: true });

/** Not by fetch, which has no TRACE and no GET with a body. */
async function send(url: string, { method, path, headers, body }: Asked) {
  const sending = sendRequest(url + path, { method, headers, agent });
  sending.end(body);
  const [response] = (await once(sending, "response")) as [IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, body: await readAll(response) };
}

/** What is wrong with an answer; null if nothing is. */
function faultOf(status: number, type: string | undefined, body: string | null): string | null {
  if (status >= 500) return `${status}: ${body?.slice(0, 300)}`;
  if (body === null) return null;
  if (body.length > ANSWER_BYTES_MAX) return `answered ${body.length} bytes`;
  if (status < 400) return null;
  if (type !== "application/problem+json") return `${status} as ${type}`;
  const problem = problemSchema.safeParse(JSON.parse(body));
  if (!problem.success) return `${status}, but no problem: ${body.slice(0, 300)}`;
  return problem.data.status === status ? null : `${status}, but the problem says ${problem.data.status}`;
}

export async function watch(options: WatchingOptions): Promise<Watching> {
  const { apiUrl, tokens, digest, refusedMax } = options;
  const refused: Asked[] = [];
  const watching: Omit<Watching, "url" | "repeatRefused" | "stop"> = {
    requests: 0,
    compared: 0,
    slowestSeconds: 0,
    statuses: new Map(),
    faults: [],
  };

  async function ask(asked: Asked) {
    const startedMs = performance.now();
    const answer = await send(apiUrl, asked);
    const seconds = (performance.now() - startedMs) / 1000;
    watching.slowestSeconds = Math.max(watching.slowestSeconds, seconds);
    const text = asked.method === "HEAD" ? null : answer.body.toString();
    const isInTime = SLOW.test(`${asked.method} ${asked.path}`) || seconds <= SECONDS_MAX;
    const fault = isInTime
      ? faultOf(answer.status, answer.headers["content-type"], text)
      : `took ${seconds.toFixed(1)} s`;
    if (fault) watching.faults.push(`${toldOf(asked)}: ${fault}`);
    return answer;
  }

  /** The digest when nothing has changed for a while. */
  async function quiet(): Promise<string> {
    for (let before = await digest(); ; ) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      const after = await digest();
      if (after === before) return after;
      before = after;
    }
  }

  /** What differs twice was no other write that came between. */
  async function changesTables(asked: Asked): Promise<boolean> {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const before = attempt === 1 ? await digest() : await quiet();
      const answer = await ask(asked);
      if (answer.status < 400) {
        await quiet();
        return false;
      }
      if (before === (await digest())) return false;
    }
    return true;
  }

  async function repeatRefused(): Promise<void> {
    await quiet();
    for (const asked of refused) {
      watching.compared++;
      if (await changesTables(asked)) watching.faults.push(`${toldOf(asked)}: refused, and a table changes`);
    }
  }

  /** The first, then others in place of them, so that all of the run is looked at. */
  function keepSome(asked: Asked): void {
    if (refused.length < refusedMax) refused.push(asked);
    else refused[watching.requests % Math.max(refusedMax, 1)] = asked;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readAsked(request, tokens[watching.requests % tokens.length]);
    watching.requests++;
    const answer = await ask(asked);
    const { status, headers, body } = answer;
    watching.statuses.set(status, (watching.statuses.get(status) ?? 0) + 1);
    if (status >= 400 && status < 500) keepSome(asked);
    const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...told } = headers;
    response.writeHead(status, told).end(body);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      watching.faults.push(`${request.method} ${request.url?.slice(0, 200)}: ${error.message}`);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(watching, {
    url: `http://127.0.0.1:${port}`,
    repeatRefused,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  });
}
