/**
 * The wire contract of rounds: looking at one by its number or as the draft, previews,
 * publication, and feedback.
 */
import * as z from "zod/mini";
import { groupingFields } from "../community/settings.ts";
import { REASON_LENGTH_MAX } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { memberIdSchema, roundNumberSchema } from "./messages.ts";

export const roundNameSchema = /* @__PURE__ */ schemaOf(() =>
  z.union([roundNumberSchema, z.literal("draft")]),
);

export const roundQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ pairs: z.optional(z.enum(["true", "false"])) }),
);

/** What of the settings a draft can be tried with; what is left out stays as it is. */
export const previewBodySchema = /* @__PURE__ */ schemaOf(() => {
  const { diversityPenalty, objective, groupSize } = groupingFields();
  return z.strictObject({
    settings: z.partial(z.strictObject({ diversityPenalty, objective, groupSize })),
  });
});

export const publishBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    force: z.optional(z.boolean()),
    /** Shown with the round. */
    reason: z.optional(z.string().check(z.minLength(1), z.maxLength(REASON_LENGTH_MAX))),
  }),
);

/** `missing` names others of one's own group. */
export const feedbackBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    met: z.boolean(),
    missing: z.optional(z.array(memberIdSchema).check(z.maxLength(200))),
  }),
);
