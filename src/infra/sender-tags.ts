/**
 * Who sent a gradient, without saying who: keyed hashes under the secret of the deployment. The queue carries the hash of
 * community and user; a sum keeps of it a tag that is another in each sum, so that two sums cannot be laid side by side.
 */
import { createHmac } from "node:crypto";
import { SENDER_BYTES } from "../domain/messages/queued-gradient.ts";
import { names } from "./aws.ts";

/** What is hashed says first what for, so that neither hash can be taken for the other. */
function keyedHash(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHmac("sha256", names.senderSecret);
  for (const part of parts) hash.update(part);
  return hash.digest().subarray(0, SENDER_BYTES);
}

/** Names of communities hold no line break, so no two pairs make one text. */
export function senderOf(community: string, userId: string): Uint8Array {
  return keyedHash(`sender\n${community}\n${userId}`);
}

/** The sender's tag in a sum, in hexadecimal digits. */
export function senderTag(sender: Uint8Array, sum: number): string {
  return keyedHash(`tag\n${sum}\n`, sender).toString("hex");
}
