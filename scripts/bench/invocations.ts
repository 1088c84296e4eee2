/** Invokes handlers as AWS does, one event at a time. */

export type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** Imported late, because the clients read their endpoints from the environment that startStores sets. */
export async function loadHandler(name: string): Promise<Handler> {
  return (await import(`../../src/handlers/${name}.ts`)).handler as Handler;
}

/** Of an invocation that begins now. */
export function contextOf(seconds = 29): object {
  const endMs = performance.now() + seconds * 1000;
  return {
    awsRequestId: "00000000-0000-4000-8000-000000000000",
    functionName: "bench",
    getRemainingTimeInMillis: () => Math.max(0, endMs - performance.now()),
  };
}

interface ApiCall {
  community: string;
  sub: string;
  body?: string;
  /** In place of a text. */
  octets?: Uint8Array;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  parameters?: Record<string, string>;
}

/** An operator's call, who may be a member too. */
export function apiEvent({ community, sub, body, octets, query, headers, parameters }: ApiCall): object {
  const type = octets ? "application/octet-stream" : "application/json";
  return {
    version: "2.0",
    headers: { "content-type": type, "accept-encoding": "gzip, br", ...headers },
    requestContext: { authorizer: { jwt: { claims: { sub, scope: "operator" }, scopes: null } } },
    pathParameters: { community, ...parameters },
    queryStringParameters: query,
    body: octets ? Buffer.from(octets).toString("base64") : body,
    isBase64Encoded: octets !== undefined,
  };
}

export const queueEvent = (bodies: readonly string[]): object => ({
  Records: bodies.map((body, n) => ({
    messageId: String(n),
    receiptHandle: String(n),
    attributes: { ApproximateReceiveCount: "1" },
    body,
  })),
});

export const streamEvent = (community: string): object => ({
  Records: [
    {
      eventName: "MODIFY",
      dynamodb: { SequenceNumber: "1", Keys: { community: { S: community }, part: { S: "head" } } },
    },
  ],
});

/** The answer's body as it travels, if its status is among those expected. */
export async function answered(status: readonly number[], answer: Promise<unknown>): Promise<Buffer> {
  const {
    statusCode,
    body = "",
    isBase64Encoded,
  } = (await answer) as {
    statusCode: number;
    body?: string;
    isBase64Encoded?: boolean;
  };
  if (!status.includes(statusCode)) throw new Error(`${statusCode} ${body}`);
  return Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
}
