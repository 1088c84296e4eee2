/**
 * The helper of secure sums as a device sees it: the key to seal for, and the key by which it proves
 * that a report is its own.
 */
import { decodeBase64, encodeBase64 } from "../domain/messages/base64.ts";
import { MAC_KEY_BYTES, type MacKey } from "../domain/secure/sealing.ts";
import { type CommunityApi, unreadable } from "./api.ts";
import { cryptographicBytes } from "./random.ts";
import { readJson, type Storage, updateJson } from "./storage.ts";

const KEY = "helper";

/** Texts, as they are stored. `usableAt` is when the helper begins to take the member's reports. */
interface Kept {
  key: string | null;
  registration: { keyId: string; usableAt: string } | null;
  sealing: { publicKey: string; notAfter: string } | null;
}

const NOTHING: Kept = { key: null, registration: null, sealing: null };

function textsIn<Name extends string>(body: unknown, what: string, ...names: Name[]): Record<Name, string> {
  const given = (body ?? {}) as Record<Name, unknown>;
  if (names.some((name) => typeof given[name] !== "string")) throw unreadable(what);
  return given as Record<Name, string>;
}

export class Helper {
  readonly #api: CommunityApi;
  readonly #storage: Storage;
  readonly #path: string;
  readonly #nowMs: () => number;

  constructor(api: CommunityApi, storage: Storage, community: string, nowMs: () => number) {
    this.#api = api;
    this.#storage = storage;
    this.#path = `/communities/${encodeURIComponent(community)}/keys/me`;
    this.#nowMs = nowMs;
  }

  /**
   * The device's own key, made and registered when it is first asked for. It is stored first, so that a
   * crash makes no second.
   */
  async macKey(): Promise<MacKey & { usableAt: string }> {
    let { key, registration } = await this.#change((kept) => ({
      ...kept,
      key: kept.key ?? encodeBase64(cryptographicBytes(MAC_KEY_BYTES)),
    }));
    if (!registration) {
      const { body } = await this.#api.call("PUT", this.#path, { key });
      registration = textsIn(body, "the key's registration", "keyId", "usableAt");
      const { keyId, usableAt } = registration;
      await this.#change((kept) => ({ ...kept, registration: { keyId, usableAt } }));
    }
    const keyId = decodeBase64(registration.keyId);
    if (!keyId || Number.isNaN(Date.parse(registration.usableAt))) throw unreadable("the key's registration");
    return { keyId, key: decodeBase64(key!)!, usableAt: registration.usableAt };
  }

  /** The helper's public key, asked for anew when its week is over. */
  async publicKey(): Promise<Uint8Array<ArrayBuffer>> {
    let { sealing } = await readJson(this.#storage, KEY, NOTHING);
    if (!sealing || Date.parse(sealing.notAfter) <= this.#nowMs()) {
      const { body } = await this.#api.call("GET", "/hpke");
      const { publicKey, notAfter } = textsIn(body, "the helper's key", "publicKey", "notAfter");
      sealing = { publicKey, notAfter };
      await this.#change((kept) => ({ ...kept, sealing }));
    }
    const publicKey = decodeBase64(sealing.publicKey);
    if (publicKey?.length !== 32) throw unreadable("the helper's key");
    return publicKey;
  }

  /**
   * The helper could not read a report, or not tell whose it was: both keys are to be asked
   * for and registered anew.
   */
  async renew(): Promise<void> {
    await this.#change((kept) => ({ ...kept, registration: null, sealing: null }));
  }

  async leave(): Promise<void> {
    await this.#api.call("DELETE", this.#path);
    await this.#storage.update(KEY, () => null);
  }

  #change(change: (kept: Kept) => Kept): Promise<Kept> {
    return updateJson(this.#storage, KEY, NOTHING, change);
  }
}
