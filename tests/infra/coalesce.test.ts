import { expect, test } from "@jest/globals";
import { coalesce } from "../../src/infra/coalesce.ts";

/** A `run` that notes its requests and answers when it is told to. */
function heldBack() {
  const requests: number[][] = [];
  const answers: (() => void)[] = [];
  const run = (keys: number[]) => {
    requests.push(keys);
    return new Promise<(string | Error)[]>((resolve) => {
      answers.push(() => resolve(keys.map((key) => `value of ${key}`)));
    });
  };
  return { requests, answers, run };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a single key leaves at once, alone", () => {
  const { requests, run } = heldBack();
  void coalesce(10, run)(7);
  expect(requests).toEqual([[7]]);
});

test("keys that come while a request is under way leave together when it is back", async () => {
  const { requests, answers, run } = heldBack();
  const get = coalesce(10, run);
  const values = Promise.all([2, 3, 4].map((key) => get(key)));
  expect(requests).toEqual([[2]]);
  answers[0]();
  await turn();
  expect(requests).toEqual([[2], [3, 4]]);
  answers[1]();
  expect(await values).toEqual(["value of 2", "value of 3", "value of 4"]);
});

test("a request never has more keys than it may", async () => {
  const { requests, answers, run } = heldBack();
  const get = coalesce(3, run);
  const values = Promise.all(Array.from({ length: 9 }, (_, key) => get(key)));
  for (let at = 0; at < 9; at++) {
    answers[at]?.();
    await turn();
  }
  expect(requests.every((keys) => keys.length <= 3)).toBe(true);
  expect(requests.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await values).toHaveLength(9);
});

test("a key whose answer is an error fails, and its neighbours do not", async () => {
  const get = coalesce(10, async (keys: number[]) =>
    keys.map((key) => (key === 3 ? new Error("no 3") : key)),
  );
  const settled = await Promise.allSettled([2, 3, 4].map((key) => get(key)));
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a failed request fails its keys, and those after it go on", async () => {
  let calls = 0;
  const get = coalesce(10, async (keys: number[]) => {
    calls++;
    if (calls === 1) throw new Error("once");
    return keys;
  });
  await expect(get(2)).rejects.toThrow("once");
  expect(await get(3)).toBe(3);
});
