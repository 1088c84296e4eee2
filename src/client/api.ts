/**
 * One community's HTTP contract as a device sees it: tokens, retries, and each refusal as an ApiError. Every call is safe to
 * send twice, so what failed on the way is sent again.
 */

/** A call that did not succeed. `type` is the problem's (RFC 9457), or `network` or `unreadable-answer` where there is none. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly type: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly errors: readonly { pointer: string; detail: string }[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    type: string,
    status: number,
    detail: string,
    extra: { errors?: ApiError["errors"]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: extra.cause });
    this.type = type;
    this.status = status;
    this.errors = extra.errors ?? [];
    this.retryAfterSeconds = extra.retryAfterSeconds;
  }
}

export function unreadable(what: string, cause?: Error): ApiError {
  const detail = cause ? `: ${cause.message}` : "";
  return new ApiError("unreadable-answer", 200, `${what} the server sent cannot be read${detail}`, { cause });
}

export interface Answer {
  status: number;
  body: unknown;
}

export interface ApiOptions {
  /** Of the community: `https://host/communities/name`. */
  url: string;
  getToken: () => Promise<string> | string;
  fetch: typeof fetch;
  clock: () => number;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Told of each request before it leaves; of a body that is no text its length alone. */
  onRequest: (method: string, path: string, body: string | null, bytes: number) => Promise<void>;
}

const ATTEMPTS_MAX = 4;
const BACK_OFF_MS = 300;
/** A server that asks for more patience than this is told to the caller, who has better to do than wait. */
const WAIT_MAX_SECONDS = 30;
const isTransient = (status: number): boolean => status === 0 || status === 429 || status >= 500;

export class CommunityApi {
  readonly #options: ApiOptions;
  /** Server's clock less the device's, by the last answer that told its date; null before the first. */
  #clockOffsetMs: number | null = null;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** Milliseconds since 1970 as the server counts them; null before it has told them. */
  serverTimeMs(): number | null {
    return this.#clockOffsetMs === null ? null : this.#options.clock() + this.#clockOffsetMs;
  }

  /** The server's time, or the device's before the server has told its own. */
  nowMs(): number {
    return this.serverTimeMs() ?? this.#options.clock();
  }

  urlOf(path: string): string {
    return this.#options.url + path;
  }

  /**
   * Sends, with headers of its own besides the usual, until an answer below 400 comes; rejects with ApiError
   * otherwise. Bytes go as they are, anything else as JSON.
   */
  async call(
    method: string,
    path: string,
    body?: unknown,
    own: Record<string, string> = {},
  ): Promise<Answer> {
    const isBytes = body instanceof Uint8Array;
    const sent =
      body === undefined ? null : isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body);
    const bytes = typeof sent === "string" ? new TextEncoder().encode(sent).length : (sent?.length ?? 0);
    await this.#options.onRequest(method, path, typeof sent === "string" ? sent : null, bytes);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#send(method, path, sent, own);
      } catch (error) {
        if (!(error instanceof ApiError) || !isTransient(error.status) || attempt === ATTEMPTS_MAX)
          throw error;
        const waitSeconds = error.retryAfterSeconds ?? 0;
        if (waitSeconds > WAIT_MAX_SECONDS) throw error;
        const backOffMs = BACK_OFF_MS * 2 ** (attempt - 1) * (0.5 + this.#options.random());
        await this.#options.sleep(Math.max(waitSeconds * 1000, backOffMs));
      }
    }
  }

  async #send(
    method: string,
    path: string,
    sent: string | Uint8Array<ArrayBuffer> | null,
    own: Record<string, string>,
  ): Promise<Answer> {
    const headers: Record<string, string> = {
      ...own,
      authorization: `Bearer ${await this.#options.getToken()}`,
    };
    if (sent !== null)
      headers["content-type"] = typeof sent === "string" ? "application/json" : "application/octet-stream";
    let response: Response;
    let answer: string;
    try {
      const { fetch } = this.#options;
      response = await fetch(this.#options.url + path, { method, headers, body: sent });
      answer = await response.text();
    } catch (cause) {
      throw new ApiError("network", 0, `${method} ${path}: no answer came`, { cause });
    }
    this.#readClock(response.headers.get("date"));
    const body = parseJson(answer);
    if (response.status >= 400) throw problemOf(response, body, `${method} ${path}`);
    if (body === undefined && answer !== "") {
      throw new ApiError("unreadable-answer", response.status, `${method} ${path}: the answer is no JSON`);
    }
    return { status: response.status, body };
  }

  #readClock(date: string | null): void {
    const serverMs = date === null ? Number.NaN : Date.parse(date);
    const offsetMs = serverMs - this.#options.clock();
    // The header has whole seconds and travelled a while: small differences say nothing.
    if (Number.isFinite(offsetMs)) this.#clockOffsetMs = Math.abs(offsetMs) > 5_000 ? offsetMs : 0;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, body: unknown, call: string): ApiError {
  const problem = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const type = typeof problem.type === "string" ? problem.type : "unreadable-answer";
  const detail = typeof problem.detail === "string" ? problem.detail : `answered ${response.status}`;
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError(type, response.status, `${call}: ${detail}`, {
    errors: Array.isArray(problem.errors) ? problem.errors : [],
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}
