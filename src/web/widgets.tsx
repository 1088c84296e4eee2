/** Small parts that views share. */
import { type ReadonlySignal, type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";
import { ApiError } from "../client/api.ts";
import type { Loaded } from "./loaded.ts";
import { ERRORS_TEXTS } from "./texts/errors.ts";
import { PAGE_TEXTS } from "./texts/page.ts";

/** What went wrong and what to do, where it happened. */
export function ErrorNote({ error }: { error: unknown }) {
  if (error === undefined || error === null) return null;
  const advice = error instanceof ApiError ? ERRORS_TEXTS.advice[error.type] : undefined;
  const detail = error instanceof Error ? error.message : String(error);
  const wait = error instanceof ApiError ? error.retryAfterSeconds : undefined;
  return (
    <div class="note bad" role="alert">
      <strong>{ERRORS_TEXTS.heading}.</strong> {advice ?? detail}
      {wait !== undefined && ` ${ERRORS_TEXTS.later(wait)}`}
      {advice && <small>{detail}</small>}
    </div>
  );
}

export function Done({ children }: { children: ComponentChildren }) {
  return (
    <div role="status" class={children ? "note good" : ""}>
      {children}
    </div>
  );
}

interface ShownProps<T> {
  of: ReadonlySignal<Loaded<T>>;
  children: (value: T) => ComponentChildren;
}

/** A loaded value, or why there is none. */
export function Shown<T>({ of, children }: ShownProps<T>) {
  const { value, error } = of.value;
  return (
    <>
      <ErrorNote error={error} />
      {value !== undefined ? children(value) : error ? null : <p class="quiet">{PAGE_TEXTS.loading}</p>}
    </>
  );
}

interface FieldProps {
  label: string;
  hint?: string;
  children: (ids: { id: string; "aria-describedby"?: string }) => ComponentChildren;
}

/** A form's field with its label and hint tied to it. */
export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": hint ? `${id}-hint` : undefined })}
      {hint && (
        <small id={`${id}-hint`} class="quiet">
          {hint}
        </small>
      )}
    </div>
  );
}

type TextFieldProps = InputHTMLAttributes & Omit<FieldProps, "children"> & { text: Signal<string> };

/** A field whose text is kept in `text`; all else goes to the input as it is. */
export function TextField({ label, hint, text, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          {...input}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SureButtonProps {
  label: string;
  isDisabled?: boolean;
  onSure: () => void;
}

/** A button for what cannot be taken back: it asks once more. */
export function SureButton({ label, isDisabled, onSure }: SureButtonProps) {
  const isAsking = useSignal(false);
  if (!isAsking.value) {
    return (
      <button type="button" class="plain" disabled={isDisabled} onClick={() => (isAsking.value = true)}>
        {label}
      </button>
    );
  }
  const answer = (isSure: boolean) => {
    isAsking.value = false;
    if (isSure) onSure();
  };
  return (
    <span class="sure">
      {PAGE_TEXTS.sure}
      <button type="button" class="danger" onClick={() => answer(true)}>
        {label}
      </button>
      <button type="button" class="plain" onClick={() => answer(false)}>
        {PAGE_TEXTS.keep}
      </button>
    </span>
  );
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** In the reader's own zone; a day alone has none. */
export function When({ at }: { at: string | null | undefined }) {
  if (!at) return <>{PAGE_TEXTS.never}</>;
  const isDay = at.length === 10;
  const text = isDay ? day.format(new Date(`${at}T12:00:00`)) : dateTime.format(new Date(at));
  return <time dateTime={at}>{text}</time>;
}

export const timeText = (at: string): string => dateTime.format(new Date(at));

interface TableProps {
  caption: string;
  columns: readonly string[];
  rows: readonly { key: string | number; cells: readonly ComponentChildren[] }[];
}

/** On a phone each row is a card; the first cell is what the row is about. */
export function Table({ caption, columns, rows }: TableProps) {
  return (
    <table class="stacked">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells: [first, ...others] }) => (
          <tr key={key}>
            <th scope="row" data-label={columns[0]}>
              {first}
            </th>
            {others.map((cell, n) => (
              <td key={columns[n + 1]} data-label={columns[n + 1]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
