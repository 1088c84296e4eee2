/** The wire contract of who may come in: the roster that operators read and change, invitations, and lists by pages. */
import * as z from "zod/mini";
import { tagNameSchema } from "../community/settings.ts";
import { INVITE_USES_MAX, TAGS_PER_MEMBER_MAX, USER_ID_LENGTH_MAX } from "../limits.ts";
import { schemaOf } from "../schema.ts";
import { type Parsed, parse } from "./messages.ts";

/** What a person is to a community. Who was never there, or has left, has none. */
export type Status = "member" | "awaiting-approval" | "banned";

export const userIdSchema = /* @__PURE__ */ schemaOf(() =>
  z.string().check(z.minLength(1), z.maxLength(USER_ID_LENGTH_MAX)),
);

const cursor = () => z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,1400}$/, "is no cursor")));
export const pageQuerySchema = /* @__PURE__ */ schemaOf(() => z.strictObject({ cursor: cursor() }));

export const rosterQuerySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    status: z.optional(z.enum(["member", "awaiting-approval", "banned"])),
    format: z.optional(z.enum(["json", "csv"])),
    cursor: cursor(),
  }),
);

export const memberChangeSchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    userId: z.optional(userIdSchema),
    status: z.optional(z.enum(["member", "banned"])),
    tags: z.optional(
      z
        .record(tagNameSchema, z.string().check(z.minLength(1), z.maxLength(64)))
        .check(
          z.refine(
            (tags) => Object.keys(tags).length <= TAGS_PER_MEMBER_MAX,
            `holds more than ${TAGS_PER_MEMBER_MAX} tags`,
          ),
        ),
    ),
  }),
);

/** Parses an operator's change of a member. The schema's record drops a name `__proto__` without a word, so that is told here. */
export function parseMemberChange(input: unknown): Parsed<z.infer<typeof memberChangeSchema>> {
  const parsed = parse(memberChangeSchema, input);
  const { tags } = parsed.ok ? (input as z.infer<typeof memberChangeSchema>) : {};
  if (!tags || !Object.hasOwn(tags, "__proto__")) return parsed;
  return { ok: false, errors: [{ pointer: "#/tags/__proto__", detail: "is no name of a tag" }] };
}

/** Without `usesMax` an invitation is good for any number of people, without `expiresAt` for good. */
export const inviteBodySchema = /* @__PURE__ */ schemaOf(() =>
  z.strictObject({
    usesMax: z.optional(z.int().check(z.gte(1), z.lte(INVITE_USES_MAX))),
    expiresAt: z.optional(z.iso.datetime({ offset: true, error: "is no time such as 2026-05-01T12:00:00Z" })),
  }),
);
