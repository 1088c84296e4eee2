import { expect, test } from "@jest/globals";
import {
  decodeQueuedGradient,
  encodeQueuedGradient,
  SENDER_BYTES,
  writeForPage,
} from "../../../src/domain/messages/queued-gradient.ts";
import { uniform } from "../../../src/domain/random.ts";
import { gradientOf, int8Values } from "../../fixtures/gradients.ts";

const sender = Uint8Array.from({ length: SENDER_BYTES }, (_, at) => 3 * at + 2);
const float32 = {
  sender,
  community: "amigos-de-Zoë",
  gradient: gradientOf(3, { 2: [4, 5, 6], 9: [7, 8, -9.5] }, { modelVersion: 4_000_000_000 }),
};
const int8 = {
  sender,
  community: "c",
  gradient: gradientOf(
    4,
    { 0: [0, 0, 0], 1: [0, 0, 0] },
    { data: int8Values([2, -3, 4, 5, 127, -128], [0.5, 3]) },
  ),
};

test.each([
  ["float32", float32],
  ["int8", int8],
])("a %s gradient waits in the queue unchanged", (_, queued) => {
  expect(decodeQueuedGradient(encodeQueuedGradient(queued))).toMatchObject(queued);
});

test("in a page it names neither its community nor its sender", () => {
  const { record } = decodeQueuedGradient(encodeQueuedGradient(int8))!;
  const page = new Uint8Array(record.length + 12).fill(7);
  writeForPage(record, page, 8);
  const read = decodeQueuedGradient(page.slice(8, -4))!;
  expect(read).toMatchObject({
    community: "",
    sender: new Uint8Array(SENDER_BYTES),
    gradient: int8.gradient,
  });
  expect([...page.subarray(0, 8), ...page.subarray(-4)]).toEqual(new Array(12).fill(7));
});

test("it is read at any offset of a larger buffer", () => {
  const bytes = encodeQueuedGradient(int8);
  for (let offset = 0; offset < 8; offset++) {
    const packet = new Uint8Array(bytes.length + offset + 3);
    packet.set(bytes, offset);
    expect(decodeQueuedGradient(packet.subarray(offset, offset + bytes.length))).toMatchObject(int8);
  }
});

test("a cut or lengthened message is none, wherever it is cut", () => {
  const bytes = encodeQueuedGradient(float32);
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeQueuedGradient(bytes.slice(0, length))).toBeNull();
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  expect(decodeQueuedGradient(longer)).toBeNull();
});

test.each([
  ["another magic", 0, 0],
  ["another format version", 2, 3],
  ["an unknown kind", 3, 2],
  ["more rows than bytes", 11, 255],
  ["wider rows than bytes", 13, 255],
  ["an id of UUID version 4", 22, 0x40],
  ["an id of another variant", 24, 0x40],
])("a message with %s is none", (_, at, byte) => {
  const bytes = encodeQueuedGradient(float32);
  bytes[at] = byte;
  expect(decodeQueuedGradient(bytes)).toBeNull();
});

test("random bytes and random changes never throw", () => {
  const next = uniform(9);
  const good = encodeQueuedGradient(int8);
  for (let i = 0; i < 2000; i++) {
    const random = Uint8Array.from({ length: Math.floor(next() * 80) }, () => next() * 256);
    decodeQueuedGradient(random);
    const changed = good.slice();
    changed[Math.floor(next() * good.length)] = next() * 256;
    decodeQueuedGradient(changed);
  }
});
