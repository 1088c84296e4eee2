import { encodeBase64 } from "../../../src/domain/messages/base64.ts";
import { endpoint } from "../../../src/handlers/http/http.ts";
import { KEY_USE_MS, readPresentKeys } from "../infra/sealing-key-store.ts";

/** `GET /hpke`: the public key that reports are sealed for, and until when. */
export const handler = endpoint(async () => {
  const { keyId, publicKey, createdAtMs } = await readPresentKeys(Date.now());
  const notAfter = new Date(createdAtMs + KEY_USE_MS).toISOString();
  return { status: 200, body: { keyId, publicKey: encodeBase64(publicKey), notAfter } };
});
