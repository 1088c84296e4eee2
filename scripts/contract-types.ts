/**
 * The types of src/domain/messages/contract.ts as a declaration file that needs no other package: written out of the schemas
 * of the OpenAPI document.
 */
import * as z from "zod/mini";
import { ANSWERS } from "../src/domain/messages/answers/answer.ts";
import "../src/domain/messages/answers/learning-answers.ts";
import "../src/domain/messages/answers/operator-answers.ts";
import { importBodySchema } from "../src/domain/messages/import-messages.ts";
import { itemBodySchema } from "../src/domain/messages/item-messages.ts";
import { memberBodySchema } from "../src/domain/messages/messages.ts";
import { webhookBodySchema } from "../src/domain/messages/notice-messages.ts";
import { inviteBodySchema, memberChangeSchema } from "../src/domain/messages/people-messages.ts";
import {
  feedbackBodySchema,
  previewBodySchema,
  publishBodySchema,
} from "../src/domain/messages/round-messages.ts";

const BODIES = {
  FeedbackBody: feedbackBodySchema,
  ImportBody: importBodySchema,
  InviteBody: inviteBodySchema,
  ItemBody: itemBodySchema,
  MemberBody: memberBodySchema,
  MemberChange: memberChangeSchema,
  PreviewBody: previewBodySchema,
  PublishBody: publishBodySchema,
  WebhookBody: webhookBodySchema,
};

/** As much of a JSON schema as zod makes of the contract. */
interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | false;
  description?: string;
}

const union = (types: string[]): string => (types.length === 1 ? types[0] : `(${types.join(" | ")})`);

function fieldsOf({ properties = {}, required = [] }: JsonSchema): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description ? `/** ${schema.description} */ ` : "";
    return `${comment}${name}${required.includes(name) ? "" : "?"}: ${typeOf(schema)};`;
  });
  return `{ ${fields.join(" ")} }`;
}

function typeOf(schema: JsonSchema): string {
  const { $ref, type, additionalProperties } = schema;
  if ($ref) return $ref;
  const values = schema.enum ?? ("const" in schema ? [schema.const] : undefined);
  if (values) return union(values.map((value) => JSON.stringify(value)));
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return union(options.map(typeOf));
  if (type === "array") return `${typeOf(schema.items ?? {})}[]`;
  if (type === "object")
    return schema.properties ? fieldsOf(schema) : `Record<string, ${typeOf(additionalProperties || {})}>`;
  const plain = [type ?? "unknown"].flat();
  return union(plain.map((one) => (one === "integer" ? "number" : one)));
}

/** The text of contract.d.ts. */
export function contractTypes(): string {
  const { schemas } = z.toJSONSchema(ANSWERS, { uri: (id) => id, unrepresentable: "any" });
  const all: Record<string, object> = { ...schemas };
  for (const [name, schema] of Object.entries(BODIES))
    all[name] = z.toJSONSchema(schema, { unrepresentable: "any" });
  return Object.entries(all as Record<string, JsonSchema>)
    .map(([name, schema]) => {
      const comment = schema.description ? `/** ${schema.description} */\n` : "";
      return `${comment}export type ${name} = ${typeOf(schema)};\n`;
    })
    .join("");
}
