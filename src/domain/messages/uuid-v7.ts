/** UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, version 7, variant 10, the rest random. */

const TEXT_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuidV7(text: string): boolean {
  return TEXT_FORM.test(text);
}

/** Whether the 16 bytes at `offset` are a UUIDv7: its version and its variant say so. */
export function isUuidV7At(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset + 6] >> 4 === 7 && bytes[offset + 8] >> 6 === 2;
}

/** Milliseconds since 1970 at which the id was made, by the clock of whoever made it. */
export function timeOfUuidV7(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** A new id. `random` gives uniform numbers in [0, 1). */
export function createUuidV7(nowMs: number, random: () => number): string {
  const hex = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, "0");
  const time = Math.floor(nowMs).toString(16).padStart(12, "0");
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`;
}

/** The id of a moment whose other bits are those of a hash of 16 bytes or more: the same each time. */
export function uuidV7Of(atMs: number, hash: Uint8Array): string {
  const bytes = hash.slice(0, 16);
  const time = Math.max(0, Math.floor(atMs));
  for (let n = 0; n < 6; n++) bytes[n] = Math.floor(time / 256 ** (5 - n)) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return readUuid(bytes, 0);
}

const HYPHEN = 45;
const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** Of the id being read. One call makes the text of it; one joined of its parts costs twice that to make and to look up. */
const textCodes: number[] = new Array(36).fill(HYPHEN);

/** The value of a digit 0-9a-f by its character code. */
const digit = (code: number): number => (code < 58 ? code - 48 : code - 87);

/** Writes the id's 16 bytes at `offset`. */
export function writeUuid(id: string, bytes: Uint8Array, offset: number): void {
  let at = offset;
  for (let i = 0; i < 36; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) i++;
    bytes[at++] = (digit(id.charCodeAt(i)) << 4) | digit(id.charCodeAt(i + 1));
  }
}

/** Reads the 16 bytes at `offset` as an id. */
export function readUuid(bytes: Uint8Array, offset: number): string {
  let at = 0;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at++;
    const byte = bytes[offset + i];
    textCodes[at++] = DIGITS[byte >> 4];
    textCodes[at++] = DIGITS[byte & 15];
  }
  return String.fromCharCode(...textCodes);
}
