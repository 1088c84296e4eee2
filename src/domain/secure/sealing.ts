/**
 * What a device seals for the helper: the seed of its mask, and the proof that a registered member has made
 * it. HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and AES-128-GCM; the proof is an HMAC-SHA256 over
 * what the seal is bound to and the seed.
 */
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { SealedSeed } from "../messages/report.ts";
import { SEED_BYTES } from "./masks.ts";

const TYPE = 1;
export const KEY_ID_BYTES = 16;
export const MAC_KEY_BYTES = 32;
const SEED_AT = 1 + KEY_ID_BYTES;
const MAC_AT = SEED_AT + SEED_BYTES;
const MAC_BYTES = 16;
/** Whatever else these keys may one day seal, it is no seed of a report. */
const INFO = new TextEncoder().encode("tertulia secure sums 1");

type Bytes = Uint8Array<ArrayBuffer>;

let suiteOnce: CipherSuite | undefined;
function suite(): CipherSuite {
  suiteOnce ??= new CipherSuite({
    kem: new DhkemX25519HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  });
  return suiteOnce;
}

/** A key pair of the helper, both halves raw. */
export async function createSealingKeys(): Promise<{ publicKey: Bytes; privateKey: Bytes }> {
  const { kem } = suite();
  const pair = await kem.generateKeyPair();
  const [publicKey, privateKey] = await Promise.all([
    kem.serializePublicKey(pair.publicKey),
    kem.serializePrivateKey(pair.privateKey),
  ]);
  return { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) };
}

async function macOf(macKey: Bytes, aad: Bytes, seed: Bytes): Promise<Bytes> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey("raw", macKey, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const message = new Uint8Array([...aad, ...seed]);
  return new Uint8Array(await subtle.sign("HMAC", key, message)).subarray(0, MAC_BYTES);
}

/** A member's key for proofs, and the name by which the helper knows it. */
export interface MacKey {
  keyId: Bytes;
  key: Bytes;
}

export async function sealSeed(
  publicKey: Bytes,
  { keyId, key }: MacKey,
  aad: Bytes,
  seed: Bytes,
): Promise<Omit<SealedSeed, "id">> {
  const { kem } = suite();
  const recipientPublicKey = await kem.importKey("raw", publicKey.buffer, true);
  const plaintext = new Uint8Array([TYPE, ...keyId, ...seed, ...(await macOf(key, aad, seed))]);
  const { enc, ct } = await suite().seal({ recipientPublicKey, info: INFO }, plaintext, aad);
  return { enc: new Uint8Array(enc), ct: new Uint8Array(ct) };
}

/** What a seal held; whether the member of `keyId` has made it, `isAuthentic` tells. */
export interface OpenedSeed {
  keyId: Bytes;
  seed: Bytes;
  mac: Bytes;
}

export type OpeningKey = Awaited<ReturnType<typeof readOpeningKey>>;

/**
 * A key pair made ready once for many reports; of a private key alone the library would work out
 * the public one for each.
 */
export async function readOpeningKey(keys: { publicKey: Bytes; privateKey: Bytes }) {
  const { kem } = suite();
  const [publicKey, privateKey] = await Promise.all([
    kem.importKey("raw", keys.publicKey.buffer, true),
    kem.importKey("raw", keys.privateKey.buffer, false),
  ]);
  return { publicKey, privateKey };
}

/** Opens a seal; null where it is not for this key, not bound to `aad`, or of no kind that is known. */
export async function openSeed(
  recipientKey: OpeningKey,
  { enc, ct }: Omit<SealedSeed, "id">,
  aad: Bytes,
): Promise<OpenedSeed | null> {
  try {
    const opened = new Uint8Array(await suite().open({ recipientKey, enc, info: INFO }, ct, aad));
    if (opened.length !== MAC_AT + MAC_BYTES || opened[0] !== TYPE) return null;
    const [keyId, seed, mac] = [
      opened.slice(1, SEED_AT),
      opened.slice(SEED_AT, MAC_AT),
      opened.slice(MAC_AT),
    ];
    return { keyId, seed, mac };
  } catch {
    return null; // the library throws at whatever cannot be opened
  }
}

/** Whether the proof is the key's, in a time that does not tell how far it is right. */
export async function isAuthentic(key: Bytes, aad: Bytes, { seed, mac }: OpenedSeed): Promise<boolean> {
  const expected = await macOf(key, aad, seed);
  return expected.reduce((differences, byte, n) => differences | (byte ^ mac[n]), 0) === 0;
}
