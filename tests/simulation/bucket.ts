/**
 * An S3 bucket in memory, whose objects are as old as the simulation's clock says. It answers what
 * src/infra/s3.ts would be answered; a third of a seed's requests would else go to a server.
 */
import type { S3Answer, S3Request } from "../../src/infra/s3.ts";
import { clockMs } from "./clock.ts";

interface StoredObject {
  body: Uint8Array;
  modifiedAtMs: number;
}

const objects = new Map<string, StoredObject>();

const answer = (
  status: number,
  body: Uint8Array | string = "",
  headers: Record<string, string> = {},
): S3Answer => ({
  status,
  headers: new Headers(headers),
  body: Uint8Array.from(typeof body === "string" ? Buffer.from(body) : body),
});

function list({ prefix = "", delimiter }: Record<string, string>): string {
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  if (delimiter) {
    const prefixes = new Set(keys.map((key) => key.slice(0, key.indexOf(delimiter) + 1)));
    return [...prefixes].map((one) => `<CommonPrefixes><Prefix>${one}</Prefix></CommonPrefixes>`).join("");
  }
  const contents = keys.map((key) => {
    const modified = new Date(objects.get(key)!.modifiedAtMs).toISOString();
    return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified></Contents>`;
  });
  return contents.join("");
}

/** Does what a request asks. */
export function serveS3({ method, key, query = {}, body, isFirst = false, range }: S3Request): S3Answer {
  if (method === "PUT") {
    if (isFirst && objects.has(key)) return answer(412, "<Code>PreconditionFailed</Code>");
    if (objects.has(key) && Buffer.compare(objects.get(key)!.body, body!) !== 0)
      throw new Error(`I2: ${key} is written a second time, with other bytes`);
    objects.set(key, { body: Uint8Array.from(body!), modifiedAtMs: clockMs() });
    return answer(200);
  }
  if (method === "DELETE") {
    objects.delete(key);
    return answer(204);
  }
  if (key === "") return answer(200, list(query));
  const stored = objects.get(key);
  if (!stored) return answer(404, "<Code>NoSuchKey</Code>");
  const headers = { etag: '"1"', "content-length": String(stored.body.length) };
  if (method === "HEAD") return answer(200, "", headers);
  return range
    ? answer(206, stored.body.subarray(range[0], range[1] + 1), headers)
    : answer(200, stored.body, headers);
}

export function objectKeys(): string[] {
  return [...objects.keys()];
}

/** Loses an object, as no S3 does. */
export function loseObject(key: string): void {
  objects.delete(key);
}

/**
 * Empties the bucket but for the deployment's secret, which outlives every community; the helper's stands
 * beside it.
 */
export function emptyBucket(): void {
  for (const key of objects.keys()) if (key !== "_secret/key") objects.delete(key);
}
