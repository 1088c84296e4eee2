/** The wire contract of looking at rounds: a round by its number or as the draft, lists of them, and previews. */
import * as z from "zod/mini";
import { groupingFields } from "../community/settings.ts";
import { schemaOf } from "../schema.ts";
import { roundNumberSchema } from "./messages.ts";

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
