/**
 * Answers of the API as schemas, one a resource, for the OpenAPI page and for the types of the SDK. No handler parses its own
 * answers, so no other function bundles them; tests hold real answers against them.
 */
import * as z from "zod/mini";

/** By their names in the OpenAPI page and in the SDK. */
export const ANSWERS = z.registry<{ id: string }>();

export const named = <Schema extends z.ZodMiniType>(id: string, schema: Schema): Schema => {
  ANSWERS.add(schema, { id });
  return schema;
};

/** A page of a list: `next` is the cursor of the page behind it, where there is more. */
export const pageOf = <Name extends string, Schema extends z.ZodMiniType>(
  id: string,
  name: Name,
  schema: Schema,
) => {
  const list = { [name]: z.array(schema) } as Record<Name, z.ZodMiniArray<Schema>>;
  return named(id, z.object({ ...list, next: z.optional(z.string()) }));
};

export const text = () => z.string();
export const count = () => z.int().check(z.gte(0));
export const flag = () => z.boolean();
export const time = () => z.string().check(z.describe("ISO 8601"));
export const day = () => z.string().check(z.describe("ISO 8601, a day"));
export const tags = () => z.record(z.string(), z.string());
export const told = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema =>
  schema.check(z.describe(description)) as Schema;
/** A member as others see them. */
export const memberFields = () => ({
  memberId: text(),
  displayName: maybe(told(text(), "As the member gave it.")),
});
export const orNull = z.nullable;
export const maybe = z.optional;

export const fieldError = z.object({ pointer: text(), detail: text() });
/** RFC 9457. */
named(
  "Problem",
  z.object({
    ...{ type: text(), title: text(), status: count(), detail: text() },
    requestId: maybe(
      told(text(), "By it an operator finds its log lines; the gateway's own refusals have none."),
    ),
    errors: maybe(z.array(fieldError)),
  }),
);
