/**
 * A device's report: its gradient as two shares, the one in the open, the other's seed sealed for the helper.
 */
import { additionalData, type Report } from "../messages/report.ts";
import { maskOf, SEED_BYTES, subtractFrom } from "./masks.ts";
import { quantize } from "./quantization.ts";
import { type MacKey, sealSeed } from "./sealing.ts";
import { type SumTerms, termsHash, valueCountOf } from "./terms.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface ReportParts {
  id: string;
  community: string;
  modelVersion: number;
  terms: SumTerms;
  /** The dense gradient of the terms' rows. */
  values: Float32Array;
  /** The helper's. */
  publicKey: Bytes;
  macKey: MacKey;
  /**
   * From the machine's cryptographic source; the first is the mask's seed, from the second the
   * rounding's draws follow.
   */
  randomBytes: (count: number) => Bytes;
}

export async function makeReport(parts: ReportParts): Promise<Report> {
  const { id, community, modelVersion, terms, values, randomBytes } = parts;
  const valueCount = valueCountOf(terms);
  if (values.length !== valueCount)
    throw new RangeError(`a report of ${valueCount} values got ${values.length}`);
  const seed = randomBytes(SEED_BYTES);
  const [mask, draws, hash] = await Promise.all([
    maskOf(seed, valueCount),
    maskOf(randomBytes(SEED_BYTES), valueCount),
    termsHash(terms),
  ]);
  const share = quantize(values, terms, draws);
  subtractFrom(share, mask);
  const aad = additionalData(community, { sum: terms.sum, id, valueCount, termsHash: hash });
  return {
    id,
    modelVersion,
    sum: terms.sum,
    share,
    ...(await sealSeed(parts.publicKey, parts.macKey, aad, seed)),
  };
}
