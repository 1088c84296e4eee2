/**
 * The bucket of objects that are written once and never changed. Each has a key of its own for good, with a random part, so
 * a writer that lost its race has overwritten nothing, and what a reader has found stays as it was.
 */
import { names, s3 } from "./aws.ts";
import { count } from "./metrics.ts";
import { presignedUrl, type S3Answer, type S3Request } from "./s3.ts";

const PRECONDITION_FAILED = 412;
/** Objects under way at once: at 1 MB each a Lambda's network is busy with fewer. */
const IN_FLIGHT_MAX = 8;

function failure({ method, key }: Pick<S3Request, "method" | "key">, { status, body }: S3Answer): Error {
  const code = /<Code>(.*?)<\/Code>/.exec(Buffer.from(body).toString())?.[1] ?? "";
  return new Error(`S3 answered ${status} ${code} to ${method} ${key}`);
}

async function send(request: Omit<S3Request, "bucket">): Promise<S3Answer> {
  const answer = await s3.send({ bucket: names.objectsBucket, ...request });
  if (answer.status >= 300 && answer.status !== 404) throw failure(request, answer);
  return answer;
}

export async function putObject(key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const request = { method: "PUT", key, body } as const;
  const answer = await send(request);
  if (answer.status === 404) throw failure(request, answer);
  count("BytesWritten", body.length);
}

/** Puts an object unless there is one under the key. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export async function putFirst(key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const request = { method: "PUT", key, body, isFirst: true } as const;
  const answer = await s3.send({ bucket: names.objectsBucket, ...request });
  if (answer.status >= 300 && answer.status !== PRECONDITION_FAILED) throw failure(request, answer);
}

/** Where somebody may put an object that is not there yet, and the header that they must send with it. */
export async function uploadAddress(key: string, expiresIn: number) {
  const request = { method: "PUT", bucket: names.objectsBucket, key, isFirst: true } as const;
  return { url: String(await presignedUrl(request, expiresIn)), headers: { "if-none-match": "*" } };
}

/** The object's bytes, or null where there is none. */
export async function getObject(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const { status, body } = await send({ method: "GET", key });
  if (status === 404) return null;
  count("BytesRead", body.length);
  return body;
}

/**
 * An object's bytes from `from` on, `byteCount` of them at most, and which object it was; null where there is
 * none.
 */
export async function getRange(key: string, from: number, byteCount: number) {
  const { status, headers, body } = await send({ method: "GET", key, range: [from, from + byteCount - 1] });
  if (status === 404) return null;
  count("BytesRead", body.length);
  return { etag: headers.get("etag"), body };
}

/** Which object there is, and its size; null where there is none. */
export async function headObject(key: string): Promise<{ etag: string; byteCount: number } | null> {
  const { status, headers } = await send({ method: "HEAD", key });
  if (status === 404) return null;
  return { etag: headers.get("etag")!, byteCount: Number(headers.get("content-length")) };
}

/** Deletes an object; that it is not there is as good. */
export async function deleteObject(key: string): Promise<void> {
  await send({ method: "DELETE", key });
}

export interface ObjectEntry {
  key: string;
  modifiedAtMs: number;
}

const textsOf = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, "gs"))].map(([, text]) => text);

async function list(query: Record<string, string>): Promise<string[]> {
  const pages: string[] = [];
  for (let token: string | undefined = ""; token !== undefined; ) {
    const more: Record<string, string> = token === "" ? {} : { "continuation-token": token };
    const request = { method: "GET", key: "", query: { "list-type": "2", ...query, ...more } } as const;
    const answer = await send(request);
    if (answer.status === 404) throw failure(request, answer);
    const xml = Buffer.from(answer.body).toString();
    pages.push(xml);
    token = textsOf(xml, "NextContinuationToken")[0];
  }
  return pages;
}

/** All objects whose keys begin so, a thousand a request. */
export async function listObjects(prefix: string): Promise<ObjectEntry[]> {
  const entries = (await list({ prefix })).flatMap((xml) => textsOf(xml, "Contents"));
  return entries.map((entry) => ({
    key: textsOf(entry, "Key")[0],
    modifiedAtMs: Date.parse(textsOf(entry, "LastModified")[0]),
  }));
}

/** The communities that have objects: the first parts of all keys, up to their slash, but for those that begin with `_`. */
export async function listCommunities(): Promise<string[]> {
  const prefixes = (await list({ delimiter: "/" })).flatMap((xml) => textsOf(xml, "CommonPrefixes"));
  const names = prefixes.map((prefix) => textsOf(prefix, "Prefix")[0].slice(0, -1));
  return names.filter((name) => !name.startsWith("_"));
}

/** Runs `work` for each value, some at once, and answers in their order. */
export async function inParallel<Value, Result>(
  values: readonly Value[],
  work: (value: Value) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < values.length) {
      const at = next++;
      results[at] = await work(values[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT_MAX, values.length) }, worker));
  return results;
}
