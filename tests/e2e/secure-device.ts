/** A member's device that speaks secure sums without the SDK, so that a test can send what no SDK would. */
import type { SystemProcess } from "../../scripts/local/system-process.ts";
import { decodeBase64, encodeBase64 } from "../../src/domain/messages/base64.ts";
import { encodeReport, type Report } from "../../src/domain/messages/report.ts";
import { makeReport } from "../../src/domain/secure/make-report.ts";
import type { MacKey } from "../../src/domain/secure/sealing.ts";
import { type SumTerms, termsHash, valueCountOf } from "../../src/domain/secure/terms.ts";
import { SIGNATURE_HEADER, signatureOf, TIME_HEADER } from "../../src/infra/leader-signature.ts";
import { type Caller, callerWith, newId, type Problem, type Response } from "./caller.ts";

export const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

/** Registers a key with the helper, or makes one up that it does not know. */
export async function macKeyFor(helper: SystemProcess, community: string, sub: string): Promise<MacKey> {
  const key = randomBytes(32);
  const call = callerWith(helper.url, await helper.token({ sub }));
  const path = `/communities/${community}/keys/me`;
  const { body } = await call<{ keyId: string }>("PUT", path, { body: { key: encodeBase64(key) } });
  return { keyId: decodeBase64(body.keyId)!, key };
}

export async function publicKeyOf(helper: SystemProcess): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await callerWith(helper.url, null)<{ publicKey: string }>("GET", "/hpke");
  return decodeBase64(body.publicKey)!;
}

export async function termsOf(call: Caller, community: string): Promise<SumTerms> {
  return (await call<{ openSum: SumTerms }>("GET", `/communities/${community}`)).body.openSum;
}

export function reportOf(
  community: string,
  terms: SumTerms,
  parts: { values: Float32Array; publicKey: Uint8Array<ArrayBuffer>; macKey: MacKey; modelVersion?: number },
): Promise<Report> {
  return makeReport({ id: newId(), community, modelVersion: 0, terms, randomBytes, ...parts });
}

/** Asks the helper as the leader does. */
export async function askHelperAs(
  leaderKey: string,
  helper: SystemProcess,
  set: { terms: SumTerms; community: string; reports: readonly Report[] },
) {
  const { terms, community, reports } = set;
  const question = {
    valueCount: valueCountOf(terms),
    termsHash: encodeBase64(await termsHash(terms)),
    reports: reports.map(({ id, enc, ct }) => ({ id, enc: encodeBase64(enc), ct: encodeBase64(ct) })),
  };
  const call = {
    method: "PUT",
    path: `/communities/${community}/sums/${terms.sum}`,
    body: JSON.stringify(question),
    timeMs: String(Date.now()),
  };
  const headers = { [TIME_HEADER]: call.timeMs, [SIGNATURE_HEADER]: signatureOf(leaderKey, call) };
  const ask = callerWith(helper.url, null);
  const { status, body } = await ask<Problem>(call.method, call.path, { raw: call.body, headers });
  const { requestId: _, ...answer } = body as Problem & { requestId?: string };
  return { status, body: answer };
}

export function postReport(url: string, token: string, community: string, report: Report): Promise<Response> {
  return postBytes(url, token, `/communities/${community}/sums/${report.sum}/reports`, encodeReport(report));
}

export async function postBytes(
  url: string,
  token: string,
  path: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
  const answer = await fetch(url + path, { method: "POST", headers, body });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}
