/**
 * Hashes under the secret of the deployment: what they stand for can be found only by who has both the secret and a guess. The
 * secret is an object of the bucket, made when it is first needed: whoever reads tables or their backups does not have it.
 */
import { createHmac, randomBytes } from "node:crypto";
import { getObject, putFirst } from "./object-store.ts";

/** No community's name begins so. */
const SECRET_KEY = "_secret/key";

async function readSecret(): Promise<Uint8Array> {
  const secret = await getObject(SECRET_KEY);
  if (secret) return secret;
  await putFirst(SECRET_KEY, Uint8Array.from(randomBytes(32)));
  return (await getObject(SECRET_KEY))!;
}

let secret: Promise<Uint8Array> | undefined;

/** `purpose` is hashed too, so that no hash can be taken for one of another purpose. Only the last part may hold a line break. */
export async function keyedHash(purpose: string, ...parts: readonly (string | number)[]): Promise<Buffer> {
  secret ??= readSecret().catch((error) => {
    secret = undefined;
    throw error;
  });
  return createHmac("sha256", await secret)
    .update([purpose, ...parts].join("\n"))
    .digest();
}
