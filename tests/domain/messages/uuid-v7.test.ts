import { expect, test } from "@jest/globals";
import {
  createUuidV7,
  isUuidV7,
  readUuid,
  timeOfUuidV7,
  writeUuid,
} from "../../../src/domain/messages/uuid-v7.ts";
import { uniform } from "../../../src/domain/random.ts";

test("the id of RFC 9562, appendix A.6, was made at 19:22:22 UTC on 22 February 2022", () => {
  const id = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
  expect(isUuidV7(id)).toBe(true);
  expect(new Date(timeOfUuidV7(id)).toISOString()).toBe("2022-02-22T19:22:22.000Z");
});

test("a new id is a UUIDv7 that carries its time", () => {
  const random = uniform(1);
  for (const timeMs of [0, 1, 1_650_000_000_123, 2 ** 48 - 1]) {
    const id = createUuidV7(timeMs, random);
    expect(isUuidV7(id)).toBe(true);
    expect(timeOfUuidV7(id)).toBe(timeMs);
  }
});

test("later ids sort behind earlier ones", () => {
  const random = uniform(2);
  const ids = Array.from({ length: 100 }, (_, n) => createUuidV7(1_700_000_000_000 + 977 * n, random));
  expect([...ids].sort()).toEqual(ids);
});

test("a thousand ids of one millisecond differ", () => {
  const random = uniform(3);
  expect(new Set(Array.from({ length: 1000 }, () => createUuidV7(5, random))).size).toBe(1000);
});

test("an id survives as 16 bytes at any offset, and its neighbours stay", () => {
  const random = uniform(4);
  for (let offset = 0; offset < 4; offset++) {
    const id = createUuidV7(1_700_000_000_000 + offset, random);
    const bytes = new Uint8Array(24).fill(0xee);
    writeUuid(id, bytes, offset);
    expect(readUuid(bytes, offset)).toBe(id);
    const around = [...bytes.subarray(0, offset), ...bytes.subarray(offset + 16)];
    expect(around.every((byte) => byte === 0xee)).toBe(true);
  }
});

test.each([
  ["version 4", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f"],
  ["another variant", "017f22e2-79b0-7cc3-d8c4-dc0c0c07398f"],
  ["capitals", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"],
  ["no hyphens", "017f22e279b07cc398c4dc0c0c07398f"],
  ["a digit too many", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"],
  ["a line end", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n"],
  ["a letter past f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g"],
  ["nothing", ""],
])("an id with %s is none", (_, id) => {
  expect(isUuidV7(id)).toBe(false);
});
