/** The part of the wire contract about kept versions, their comparison, and figures by the week. */
import * as z from "zod/mini";
import { STATS_WEEKS_MAX } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { communityNameSchema, versionNumberSchema } from "./messages.ts";

export const keptVersionBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ name: z.optional(communityNameSchema) }),
);

/** Without `b` the version `a` is compared with the model as it is. */
export const compareQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({ a: versionNumberSchema, b: z.optional(versionNumberSchema) }),
);

export const statsQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    by: z.optional(z.enum(["week"])),
    weeks: z.optional(
      z
        .string()
        .check(
          z.refine((text) => /^[1-9]\d?$/.test(text) && Number(text) <= STATS_WEEKS_MAX, "must be 1 to 53"),
        ),
    ),
  }),
);
