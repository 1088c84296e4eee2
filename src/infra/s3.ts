/**
 * The S3 calls of the system, signed and sent by fetch. @aws-sdk/client-s3 would add 164 KB to each function
 * that reads the model (330 instead of 166 KB before any code of ours), and API functions are to stay under
 * 250; the signer is in the bundles already.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import { SignatureV4 } from "@smithy/signature-v4";
import { retry } from "./retry.ts";
import { Sha256 } from "./sdk-stand-ins.ts";

export interface S3Request {
  method: "GET" | "HEAD" | "PUT" | "DELETE";
  bucket: string;
  /** Of the object; empty for the bucket itself. Letters, digits and `._-/` only, so that no key needs escaping. */
  key: string;
  query?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  /** Refused with 412 where the object is there. */
  isFirst?: boolean;
  /** Bytes of the object, the last one included. */
  range?: [from: number, to: number];
}

export interface S3Answer {
  status: number;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

const ATTEMPTS_MAX = 4;
const ATTEMPT_TIME_MAX_MS = 10_000;
const BACK_OFF_MS = 100;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html; a given endpoint gets the bucket in its path. */
function urlOf({ bucket, key, query = {} }: S3Request): URL {
  const { AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  const base = endpoint ? `${endpoint}/${bucket}` : `https://${bucket}.s3.${AWS_REGION}.amazonaws.com`;
  const url = new URL(`${base}/${key}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

function signer(): SignatureV4 {
  const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = process.env;
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  };
  return new SignatureV4({
    credentials,
    region: AWS_REGION,
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
}

/** What is signed of a request. TLS guards the body, so its hash is left out: 1 ms a matrix block. */
function unsigned(url: URL, { method, query = {}, isFirst, range }: S3Request) {
  const { protocol, hostname, port, pathname: path, host } = url;
  return {
    ...{ method, protocol, hostname, path, query },
    ...(port ? { port: Number(port) } : {}),
    headers: {
      host,
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      ...(isFirst ? { "if-none-match": "*" } : {}),
      ...(range ? { range: `bytes=${range.join("-")}` } : {}),
    } as Record<string, string>,
  };
}

/** The headers that prove who asks. */
async function signedHeaders(url: URL, request: S3Request): Promise<Record<string, string>> {
  const { headers } = await signer().sign(unsigned(url, request));
  const { host: _, ...others } = headers; // fetch sets it
  return others;
}

/**
 * An address by which whoever has it may send this one request, with the headers that it asks for, until it
 * expires.
 */
export async function presignedUrl(request: S3Request, expiresIn: number): Promise<URL> {
  const url = urlOf(request);
  const { headers, ...rest } = unsigned(url, request);
  const { "x-amz-content-sha256": payload, ...others } = headers;
  // In a query S3 writes it so.
  const presigned = { ...rest, headers: { ...others, "X-Amz-Content-Sha256": payload } };
  const { query = {} } = await signer().presign(presigned, { expiresIn });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

/** One client a process, as those of the SDK. Tests put faults around its methods. */
export class S3Client {
  /** Sends a request, again after what may pass: a broken connection, a timeout, S3's own 5xx. */
  async send(request: S3Request): Promise<S3Answer> {
    const isRefused = ({ status }: S3Answer) => status >= 500 || status === 429;
    const options = { attemptsMax: ATTEMPTS_MAX, baseMs: BACK_OFF_MS };
    const answer = await retry(async (number) => {
      const isLast = number + 1 === ATTEMPTS_MAX;
      try {
        const answer = await this.attempt(request);
        return isRefused(answer) && !isLast ? null : answer;
      } catch (error) {
        if (isLast) throw error;
        return null;
      }
    }, options);
    return answer!;
  }

  /** Sends a request once. */
  async attempt(request: S3Request): Promise<S3Answer> {
    const url = urlOf(request);
    const headers = await signedHeaders(url, request);
    const { method, body } = request;
    const signal = AbortSignal.timeout(ATTEMPT_TIME_MAX_MS);
    const response = await fetch(url, { method, headers, body, signal });
    const { status, headers: answered } = response;
    return { status, headers: answered, body: new Uint8Array(await response.arrayBuffer()) };
  }
}
