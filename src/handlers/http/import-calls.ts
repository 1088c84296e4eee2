/** The part of the contract about imports, for the OpenAPI page. */
import * as answers from "../../domain/messages/answers/operator-answers.ts";
import { importBodySchema } from "../../domain/messages/import-messages.ts";
import { pageQuerySchema } from "../../domain/messages/people-messages.ts";
import type { Call } from "./people-calls.ts";

const C = "/communities/{community}";

export const IMPORT_CALLS: Record<string, Call> = {
  [`post ${C}/imports`]: {
    who: "operator",
    summary: "Asks for an import of a CSV file, and says where to put it",
    body: importBodySchema,
    gives: answers.newImport,
    answers: { 201: "The import, with uploadUrl and the uploadHeaders to send.", 409: "Too many are open." },
  },
  [`get ${C}/imports`]: {
    who: "operator",
    summary: "Imports of the last 30 days, the latest first",
    query: pageQuerySchema,
    gives: answers.imports,
    answers: { 200: "Them, by pages." },
  },
  [`get ${C}/imports/{id}`]: {
    who: "operator",
    summary: "How far an import is, its rejected lines, and the quality of what was learnt",
    gives: answers.oneImport,
    answers: { 200: "The import.", 404: "There is none." },
  },
};
