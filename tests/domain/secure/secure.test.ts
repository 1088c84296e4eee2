import { createCipheriv } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { encodeReport } from "../../../src/domain/messages/report.ts";
import { uniform } from "../../../src/domain/random.ts";
import { makeReport } from "../../../src/domain/secure/make-report.ts";
import { addTo, maskOf, subtractFrom } from "../../../src/domain/secure/masks.ts";
import { hexOf, judgeReports, openReports, sumMasks } from "../../../src/domain/secure/open-reports.ts";
import { isPlausible, quantize, readSum } from "../../../src/domain/secure/quantization.ts";
import { createSealingKeys, type OpeningKey, readOpeningKey } from "../../../src/domain/secure/sealing.ts";
import { type SumTerms, termsHash, valueCountOf } from "../../../src/domain/secure/terms.ts";
import { idOf } from "../../fixtures/gradients.ts";

const TERMS: SumTerms = {
  ...{ sum: 3, epoch: "5.0", rowCount: 2, factors: 2 },
  ...{ sumMembersMin: 2, sumMembersMax: 64, clipFactor: 2, clipBias: 8 },
};
/** 511 levels: one is 2/511 of a factor and 8/511 of a bias. */
const [FACTOR, BIAS] = [2 / 511, 8 / 511];
const signed = (values: Uint16Array) => Array.from(new Int16Array(values.buffer));
const random = uniform(7);
const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => random() * 256);

describe("fixed point", () => {
  test("factors and biases have scales of their own, are clipped, and are rounded by lot", () => {
    const values = Float32Array.of(3 * FACTOR, -7.25 * FACTOR, 5.5 * BIAS, 9, -9, -99);
    const always = (draw: number) => signed(quantize(values, TERMS, new Uint16Array(6).fill(draw)));
    expect(always(100)).toEqual([3, -8, 5, 511, -511, -511]);
    expect(always(60_000)).toEqual([3, -7, 6, 511, -511, -511]);
    expect(always(32_000)).toEqual([3, -7, 5, 511, -511, -511]);
  });

  test("a value is right on average", () => {
    const draws = Uint16Array.from({ length: 30_000 }, () => random() * 65_536);
    const values = new Float32Array(30_000).fill(-7.25 * FACTOR);
    const terms = { ...TERMS, rowCount: 10_000, clipBias: 2 };
    const mean = signed(quantize(values, terms, draws)).reduce((sum, value) => sum + value, 0) / 30_000;
    expect(Math.abs(mean + 7.25)).toBeLessThan(0.02);
  });

  test("a sum of as many of the largest as there may be is read without a wrap; one more would wrap", () => {
    const most = quantize(Float32Array.of(2, -2, 8, -2, 2, -8), TERMS, new Uint16Array(6));
    const sum = new Uint16Array(6);
    for (let n = 0; n < 64; n++) addTo(sum, most);
    const all = Array.from(readSum(sum, TERMS), (value) => Math.round(value * 1000) / 1000);
    expect(all).toEqual([128, -128, 512, -128, 128, -512]);
    addTo(sum, most);
    expect(readSum(sum, TERMS)[0]).toBeLessThan(0);
  });

  test("a sum that wrapped is implausible, one of gradients is not", () => {
    const terms = { ...TERMS, rowCount: 400 };
    const noise = Uint16Array.from({ length: 1200 }, () => random() * 65_536);
    expect(isPlausible(readSum(noise, terms), terms, 64)).toBe(false);
    const mild = Float32Array.from({ length: 1200 }, () => 64 * 0.5);
    expect(isPlausible(mild, terms, 64)).toBe(true);
  });
});

test("a mask is AES-256 in counter mode of zeros, as another implementation has it", async () => {
  const seed = randomBytes(32);
  const cipher = createCipheriv("aes-256-ctr", seed, new Uint8Array(16));
  const expected = cipher.update(new Uint8Array(3 * 16 + 2));
  const mask = await maskOf(seed, 25);
  expect(Buffer.from(mask.buffer).equals(expected)).toBe(true);
  const values = Uint16Array.from({ length: 25 }, (_, n) => n * 3000);
  const share = values.slice();
  subtractFrom(share, mask);
  expect(share).not.toEqual(values);
  addTo(share, mask);
  expect(share).toEqual(values);
});

describe("reports", () => {
  let publicKey: Uint8Array<ArrayBuffer>;
  let openingKey: OpeningKey;
  beforeAll(async () => {
    const keys = await createSealingKeys();
    publicKey = keys.publicKey;
    openingKey = await readOpeningKey(keys);
  });

  const PEOPLE = Array.from({ length: 5 }, () => ({ keyId: randomBytes(16), key: randomBytes(32) }));
  const KEYS = new Map(PEOPLE.map(({ keyId, key }) => [hexOf(keyId), key]));
  const valuesOf = (n: number) =>
    Float32Array.from({ length: 6 }, (_, i) => (((i * 11 + n * 17) % 61) - 30) * FACTOR);
  const reportOf = (n: number, change: Partial<SumTerms> = {}, community = "chess") =>
    makeReport({
      ...{ id: idOf(n + 2), community, modelVersion: 8, terms: { ...TERMS, clipBias: 2, ...change } },
      ...{ values: valuesOf(n), publicKey, macKey: PEOPLE[n % 5], randomBytes },
    });
  const setOf = async (reports: Awaited<ReturnType<typeof reportOf>>[]) => {
    const terms = { ...TERMS, clipBias: 2 };
    const of = {
      community: "chess",
      sum: 3,
      valueCount: valueCountOf(terms),
      termsHash: await termsHash(terms),
    };
    return { ...of, reports };
  };
  const opened = async (...args: Parameters<typeof setOf>) => openReports([openingKey], await setOf(...args));

  test("shares and masks together are exactly the sum of the quantized gradients; a share alone is not the gradient", async () => {
    const reports = await Promise.all(PEOPLE.map((_, n) => reportOf(n)));
    const seals = await opened(reports);
    const verdicts = await judgeReports(seals, KEYS);
    expect(verdicts).toEqual(Array(5).fill("accepted"));
    const sum = (await sumMasks(seals, verdicts, 6))!;
    for (const { share } of reports) addTo(sum, share);
    const expected = valuesOf(0).map((_, i) => PEOPLE.reduce((total, __, n) => total + valuesOf(n)[i], 0));
    const levels = Array.from(readSum(sum, { ...TERMS, clipBias: 2 }), (value) => Math.round(value / FACTOR));
    expect(levels).toEqual(Array.from(expected, (value) => Math.round(value / FACTOR)));
    expect(reports[0].share).not.toEqual(
      quantize(valuesOf(0), { ...TERMS, clipBias: 2 }, new Uint16Array(6)),
    );
    expect(encodeReport(reports[0]).length).toBe(147 + 12);
  });

  test("the helper tells apart what is not for it, not of a member, and a second one", async () => {
    const id = idOf(77);
    const reports = [
      await reportOf(0),
      await reportOf(1, { sum: 4 }),
      await reportOf(1, { clipFactor: 3 }),
      await reportOf(1, {}, "bridge"),
      { ...(await reportOf(1)), id },
      await reportOf(5),
      await reportOf(2),
      await reportOf(3),
    ];
    const keys = new Map([...KEYS].filter(([keyId]) => keyId !== hexOf(PEOPLE[2].keyId)));
    keys.set(hexOf(PEOPLE[3].keyId), randomBytes(32));
    const verdicts = await judgeReports(await opened(reports), keys);
    expect(verdicts).toEqual([
      "accepted",
      ...Array(4).fill("unreadable"),
      "twice",
      ...Array(2).fill("unauthentic"),
    ]);
  });

  test("a second key of the helper opens what was sealed for it, and a destroyed one opens nothing", async () => {
    const set = await setOf([await reportOf(0)]);
    const other = await readOpeningKey(await createSealingKeys());
    const both = await openReports([other, openingKey], set);
    expect(await judgeReports(both, KEYS)).toEqual(["accepted"]);
    const gone = await openReports([other], set);
    expect(gone[0].opened).toBeNull();
    expect(await sumMasks(gone, ["accepted"], 6)).toBeNull();
  });
});
