/** All settings, by the schema in the API's own document. How groups are made can be tried before it is saved. */
import { useSignal } from "@preact/signals";
import { callsOf, get } from "../calls.ts";
import { useAction, useLoaded } from "../loaded.ts";
import { addressOf } from "../router.ts";
import { SETTING_EXPLANATIONS, SETTINGS_TEXTS as T } from "../texts/settings.ts";
import type { ViewProps } from "../view-props.ts";
import { Done, ErrorNote, Field, Shown } from "../widgets.tsx";

/** Tried with a slider beside the draft. */
const PREVIEWED = new Set(["diversityPenalty", "objective"]);

interface JsonSchema {
  type?: string;
  enum?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
}

interface Document {
  paths: Record<string, { put?: { requestBody?: { content: Record<string, { schema: JsonSchema }> } } }>;
}

async function readSchema(): Promise<Record<string, JsonSchema>> {
  const { paths } = await get<Document>("/openapi.json");
  const body = paths["/communities/{community}"].put?.requestBody?.content["application/json"].schema;
  return body?.properties?.settings?.properties ?? {};
}

/** The schema without its null; what is left empty is null. */
function plainOf(schema: JsonSchema): { plain: JsonSchema; isNullable: boolean } {
  const others = schema.anyOf?.filter(({ type }) => type !== "null");
  return others ? { plain: others[0], isNullable: true } : { plain: schema, isNullable: false };
}

/** A form's text of a value, and back. */
const textOf = (value: unknown): string =>
  value === null || value === undefined ? "" : Array.isArray(value) ? value.join(", ") : String(value);

function givenBy(text: string, { plain, isNullable }: ReturnType<typeof plainOf>): unknown {
  if (plain.type === "array") return text.split(",").flatMap((part) => part.trim() || []);
  if (text.trim() === "" && isNullable) return null;
  return plain.type === "number" || plain.type === "integer" ? Number(text) : text;
}

interface InputProps {
  name: string;
  schema: JsonSchema;
  text: string;
  onText: (text: string) => void;
}

function Input({ name, schema, text, onText }: InputProps) {
  const { plain, isNullable } = plainOf(schema);
  const isNumber = plain.type === "number" || plain.type === "integer";
  return (
    <Field label={name} hint={SETTING_EXPLANATIONS[name]}>
      {(ids) =>
        plain.enum ? (
          <select {...ids} value={text} onChange={(event) => onText(event.currentTarget.value)}>
            {plain.enum.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          <input
            {...ids}
            {...(isNumber ? { type: "number" as const } : { type: "text" as const, list: undefined })}
            step={plain.type === "integer" ? 1 : "any"}
            min={plain.minimum}
            max={plain.maximum}
            required={isNumber && !isNullable}
            placeholder={isNullable ? T.default : undefined}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}

/** Fields of one value; the cadence has a form of its own. */
const isPlain = (schema: JsonSchema): boolean => {
  const { plain } = plainOf(schema);
  return plain.enum !== undefined || ["number", "integer", "string", "array"].includes(plain.type ?? "");
};

interface FormProps extends ViewProps {
  schemas: Record<string, JsonSchema>;
}

function Form({ community, refresh, schemas }: FormProps) {
  const { settings, community: name } = community;
  const texts = useSignal<Record<string, string>>({});
  const isSaved = useSignal(false);
  const action = useAction();
  const fields = Object.entries(schemas).filter(([field, schema]) => field in settings && isPlain(schema));
  const changed = fields.filter(
    ([field]) => texts.value[field] !== undefined && texts.value[field] !== textOf(settings[field]),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    void action.run(async () => {
      const wish = changed.map(([field, schema]) => [field, givenBy(texts.value[field], plainOf(schema))]);
      await callsOf(name).put("", { settings: Object.fromEntries(wish) });
      await refresh();
      texts.value = {};
      isSaved.value = true;
    });
  };
  return (
    <form onSubmit={submit}>
      <div class="fields">
        {fields.map(([field, schema]) => (
          <Input
            key={field}
            name={field}
            schema={schema}
            text={texts.value[field] ?? textOf(settings[field])}
            onText={(text) => {
              texts.value = { ...texts.value, [field]: text };
              isSaved.value = false;
            }}
          />
        ))}
      </div>
      <div class="bar">
        <ErrorNote error={action.error.value} />
        <Done>{isSaved.value ? T.saved : null}</Done>
        <button type="submit" disabled={action.isRunning.value || changed.length === 0}>
          {T.save}
          {changed.length > 0 && ` ${changed.map(([field]) => field).join(", ")}`}
        </button>
        {changed.some(([field]) => PREVIEWED.has(field)) && (
          <a href={addressOf("c", name, "round", "draft")}>{T.seePreview}</a>
        )}
      </div>
    </form>
  );
}

export function SettingsView(props: ViewProps) {
  const schemas = useLoaded(readSchema, []);
  return (
    <section>
      <h2>{T.heading}</h2>
      <p class="quiet">{T.hint}</p>
      <Shown of={schemas}>{(known) => <Form {...props} schemas={known} />}</Shown>
    </section>
  );
}
