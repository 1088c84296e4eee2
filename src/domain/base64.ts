/** Base64 (RFC 4648, padded) over typed arrays, the same in a browser and in Node, and strict: bad input is told, not skipped. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = new TextEncoder().encode(ALPHABET);
const PAD = 61;
const VALUE_OF = new Uint8Array(256).fill(255);
CODES.forEach((code, value) => {
  VALUE_OF[code] = value;
});

const ascii = new TextDecoder("latin1");

export function encodeBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PAD);
  let out = 0;
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const word = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    text[out++] = CODES[word >> 18];
    text[out++] = CODES[(word >> 12) & 63];
    text[out++] = CODES[(word >> 6) & 63];
    text[out++] = CODES[word & 63];
  }
  const left = bytes.length - i;
  if (left > 0) {
    const word = (bytes[i] << 16) | (left === 2 ? bytes[i + 1] << 8 : 0);
    text[out++] = CODES[word >> 18];
    text[out++] = CODES[(word >> 12) & 63];
    if (left === 2) text[out] = CODES[(word >> 6) & 63];
  }
  return ascii.decode(text);
}

/** The bytes of a padded base64 text, in a buffer of their own; null if it is no such text. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 !== 0) return null;
  const pads = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - pads);
  const characters = text.length - pads;
  let word = 0;
  let out = 0;
  for (let i = 0; i < characters; i++) {
    const code = text.charCodeAt(i);
    const value = code < 256 ? VALUE_OF[code] : 255;
    if (value === 255) return null;
    word = (word << 6) | value;
    const phase = i & 3;
    if (phase !== 0) bytes[out++] = (word >> (6 - 2 * phase)) & 255;
  }
  return bytes;
}
