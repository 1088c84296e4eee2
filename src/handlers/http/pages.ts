/** Lists by pages, the same in all calls: a page under its name, and `next`, the cursor of the page behind it, where there is more. */
import { pageQuerySchema } from "../../domain/messages/people-messages.ts";
import type { Page } from "../../infra/person-store.ts";
import { type HttpEvent, queryOf } from "./http.ts";

/** A cursor is the last key of a page. It says nothing that the page did not. */
export function keyOf(cursor: string | undefined): string | undefined {
  return cursor && Buffer.from(cursor, "base64url").toString("utf8");
}

export function cursorOf(key: string): string {
  return Buffer.from(key, "utf8").toString("base64url");
}

/** The key behind which the page that is asked for begins. */
export function pageStart(event: HttpEvent): string | undefined {
  return keyOf(queryOf(event, pageQuerySchema).cursor);
}

export function pageBody<Value, Shown>(
  name: string,
  { values, next }: Page<Value>,
  show: (value: Value) => Shown,
): Record<string, Shown[] | string> {
  return { [name]: values.map(show), ...(next === undefined ? {} : { next: cursorOf(next) }) };
}
