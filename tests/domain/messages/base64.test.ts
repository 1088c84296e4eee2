import { expect, test } from "@jest/globals";
import { decodeBase64, encodeBase64 } from "../../../src/domain/messages/base64.ts";
import { uniform } from "../../../src/domain/random.ts";

test("bytes of every length survive, and the text is what Node writes", () => {
  const next = uniform(1);
  for (let length = 0; length < 50; length++) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(next() * 256));
    const text = encodeBase64(bytes);
    expect(text).toBe(Buffer.from(bytes).toString("base64"));
    expect(decodeBase64(text)).toEqual(bytes);
  }
});

test.each(["abc", "ab\u0000=", "a===", "====", "ab-_", "é+++", "AA=A"])("%j is no base64", (text) => {
  expect(decodeBase64(text)).toBeNull();
});
