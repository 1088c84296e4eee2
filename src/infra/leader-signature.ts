/**
 * How the leader proves itself to the helper: an HMAC-SHA256 under a key that both are deployed with, over
 * time, call and body. It needs no role of the one in the other's account, and works between any two clouds.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export const TIME_HEADER = "x-tertulia-time";
export const SIGNATURE_HEADER = "x-tertulia-signature";

export interface SignedCall {
  method: string;
  /** As the helper's routes have it: what stands before it, a stage or a mapping, is not part of it. */
  path: string;
  body: string;
  /** Milliseconds since 1970. */
  timeMs: string;
}

export function signatureOf(key: string, { method, path, body, timeMs }: SignedCall): string {
  const digest = createHash("sha256").update(body).digest("hex");
  return createHmac("sha256", key).update([timeMs, method, path, digest].join("\n")).digest("hex");
}

/** Whether the signature is the key's; without a key nothing is. */
export function isSigned(key: string, call: SignedCall, signature: string): boolean {
  const expected = Buffer.from(signatureOf(key, call));
  const given = Buffer.from(signature);
  return key !== "" && given.length === expected.length && timingSafeEqual(given, expected);
}
