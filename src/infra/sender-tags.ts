/**
 * Who sent a gradient, without saying who: keyed hashes under a key of the community. The queue carries the hash of
 * community and user; a sum keeps of it a tag that is another in each sum, so that two sums cannot be laid side by side.
 */
import { createCipheriv, createHmac, randomBytes } from "node:crypto";
import { SENDER_BYTES } from "../domain/messages/queued-gradient.ts";
import type { Head } from "./head-store.ts";

type Keyed = Pick<Head, "community" | "senderKey">;

/** For a new community. */
export const newSenderKey = (): Uint8Array => randomBytes(32);

/** What is hashed says first what for, so that no hash can be taken for another. */
const keyedHash = ({ senderKey }: Keyed, text: string): Buffer =>
  createHmac("sha256", senderKey).update(text).digest();

/** Names of communities hold no line break, so no two pairs make one text. */
export function senderOf(head: Keyed, userId: string): Uint8Array {
  return keyedHash(head, `sender\n${head.community}\n${userId}`).subarray(0, SENDER_BYTES);
}

/**
 * The tags of senders in a sum, in hexadecimal digits: AES-256 of each, which is one block, under a key of the sum. One call
 * for a batch takes 0.1 microseconds a sender, an HMAC for each 7.
 */
export function senderTags(senders: readonly Uint8Array[], head: Keyed, sum: number): string[] {
  const cipher = createCipheriv("aes-256-ecb", keyedHash(head, `tag\n${head.community}\n${sum}`), null);
  const tags = cipher.setAutoPadding(false).update(Buffer.concat(senders)).toString("hex");
  const digits = 2 * SENDER_BYTES;
  return senders.map((_, n) => tags.slice(n * digits, (n + 1) * digits));
}
