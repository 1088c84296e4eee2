/** Hashes under the secret of the deployment: what they stand for can be found only by who has both the secret and a guess. */
import { createHmac } from "node:crypto";
import { names } from "./aws.ts";

/** `purpose` is hashed too, so that no hash can be taken for one of another purpose. Only the last part may hold a line break. */
export function keyedHash(purpose: string, ...parts: readonly (string | number)[]): Buffer {
  return createHmac("sha256", names.senderSecret)
    .update([purpose, ...parts].join("\n"))
    .digest();
}
