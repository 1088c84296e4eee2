/** The helper's wire contract: what devices register with it, and what the leader asks of it for a sum. */
import * as z from "zod/mini";
import { decodeBase64 } from "../messages/base64.ts";
import { gradientIdSchema } from "../messages/messages.ts";
import { CT_BYTES, ENC_BYTES } from "../messages/report.ts";
import { schemaOf } from "../schema.ts";
import { MAC_KEY_BYTES } from "./sealing.ts";

/** More reports than a sum may have, or larger models, the leader does not take either. */
export const REPORTS_PER_SUM_MAX = 1_000;
const VALUES_MAX = 500_000;

const isOf = (length: number) => (text: string) => decodeBase64(text)?.length === length;
const bytes = (length: number) =>
  z.string().check(z.refine(isOf(length), `is no padded base64 of ${length} bytes`));

export const macKeyBodySchema = /* @__PURE__ */ schemaOf(() => z.strictObject({ key: bytes(MAC_KEY_BYTES) }));

/** The body of `PUT communities/{community}/sums/{sum}`. */
export const reportSetSchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    valueCount: z.int().check(z.gte(1), z.lte(VALUES_MAX)),
    termsHash: bytes(32),
    reports: z
      .array(z.strictObject({ id: gradientIdSchema, enc: bytes(ENC_BYTES), ct: bytes(CT_BYTES) }))
      .check(z.maxLength(REPORTS_PER_SUM_MAX)),
  }),
);
export type ReportSetBody = z.infer<typeof reportSetSchema>;

/**
 * Its answer: the sum of the masks as base64 of u16, and the reports that were not accepted, by
 * their places in the set.
 */
export interface MaskSumBody {
  masks: string;
  refused: { at: number; verdict: string }[];
}
