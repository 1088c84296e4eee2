/**
 * Matrix blocks as objects that never change: each commit puts the ones it changes under new keys, and the manifest in the
 * head names those that count. So a reader with a manifest reads one version, however long it takes.
 */
import { randomBytes } from "node:crypto";
import { decodeBlock, type MatrixBlock } from "../domain/model/item-matrix.ts";
import { getObject, putObject } from "./object-store.ts";

/** A matrix block's object. */
export interface StoredBlock {
  index: number;
  /** The version that its writer meant to make, which another commit may have taken; part of the key. */
  writtenFor: number;
  /** The version that the block has changed in. */
  version: number;
  /** 16 hexadecimal digits; the random part of the key. */
  nonce: string;
}

/** By block index. A block that is not in it is in its initial state. */
export type Manifest = ReadonlyMap<number, StoredBlock>;

/** u32 index, u32 writtenFor, u32 version, nonce. */
const ENTRY_BYTES = 20;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const bytes = Buffer.alloc(manifest.size * ENTRY_BYTES);
  [...manifest.values()].forEach(({ index, writtenFor, version, nonce }, n) => {
    const at = n * ENTRY_BYTES;
    bytes.writeUInt32LE(index, at);
    bytes.writeUInt32LE(writtenFor, at + 4);
    bytes.writeUInt32LE(version, at + 8);
    bytes.write(nonce, at + 12, "hex");
  });
  return bytes;
}

export function decodeManifest(stored: Uint8Array): Manifest {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const entries = Array.from({ length: bytes.length / ENTRY_BYTES }, (_, n): StoredBlock => {
    const at = n * ENTRY_BYTES;
    return {
      index: bytes.readUInt32LE(at),
      writtenFor: bytes.readUInt32LE(at + 4),
      version: bytes.readUInt32LE(at + 8),
      nonce: bytes.toString("hex", at + 12, at + ENTRY_BYTES),
    };
  });
  return new Map(entries.map((entry) => [entry.index, entry]));
}

const digits = (value: number, count: number): string => String(value).padStart(count, "0");

/** Where a community's matrix blocks stand. */
export const blockPrefix = (community: string): string => `${community}/blocks/`;

export function blockKey(community: string, { index, writtenFor, nonce }: StoredBlock): string {
  return `${blockPrefix(community)}${digits(index, 6)}/${digits(writtenFor, 10)}-${nonce}`;
}

/** Puts a block that was made for `version` under a key of its own. */
export async function putBlock(community: string, block: MatrixBlock, version: number): Promise<StoredBlock> {
  const nonce = randomBytes(8).toString("hex");
  const stored = { index: block.index, writtenFor: version, version, nonce };
  await putObject(blockKey(community, stored), block.bytes);
  return stored;
}

/** A block that a manifest names. That it is missing is an error: a reader must not take it for an initial one. */
export async function getBlock(community: string, stored: StoredBlock): Promise<MatrixBlock> {
  const key = blockKey(community, stored);
  const bytes = await getObject(key);
  if (!bytes) throw new Error(`the matrix block ${key} is missing`);
  return decodeBlock(bytes, stored.index, stored.version);
}
