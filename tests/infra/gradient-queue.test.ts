import { expect, test } from "@jest/globals";
import type { Gradient } from "../../src/domain/messages/messages.ts";
import { SENDER_BYTES } from "../../src/domain/messages/queued-gradient.ts";
import { gradientMessageBody, readGradientMessages } from "../../src/infra/gradient-queue.ts";

const gradient = (id: string, values: number[]): Gradient => ({
  id,
  modelVersion: 7,
  rows: Uint32Array.of(2, 5),
  width: 3,
  data: { kind: "i8", scales: Float32Array.of(0.5, 2), values: Int8Array.from(values) },
});

const [ana, bo] = [3, 5].map((byte) => new Uint8Array(SENDER_BYTES).fill(byte));

test("the messages of a batch are read each for itself, poison and odd lengths among them", () => {
  const first = gradient("01920000-0000-7000-8000-00000000000a", [1, -2, 3, 4, -5, 127]);
  const second = gradient("01920000-0000-7000-8000-00000000000b", [-128, 7, 9, 11, 13, 17]);
  const bodies = [
    gradientMessageBody({ community: "book", sender: ana, gradient: first })!,
    "no message at all",
    gradientMessageBody({ community: "clubs", sender: bo, gradient: second })!,
    "",
    "AAAA".repeat(20),
  ];
  const read = readGradientMessages(bodies);
  expect(read).toMatchObject([
    { community: "book", sender: ana, gradient: first },
    null,
    { community: "clubs", sender: bo, gradient: second },
    null,
    null,
  ]);
});
