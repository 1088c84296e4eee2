/** Holds the answers that tests see against the OpenAPI document of the system that gave them. */
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";

interface Operation {
  operationId: string;
  /** Says who may. */
  description: string;
  responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>;
}
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** What is wrong with an answer; null of one that is as documented. */
export type Judge = (
  method: string,
  path: string,
  status: number,
  type: string,
  body: unknown,
) => string | null;

/** Of several paths that fit, the one with the fewest names in it: `members/me` is no `members/{memberId}`. */
export function operationOf(document: Document, method: string, path: string): Operation | undefined {
  const fitting = Object.keys(document.paths)
    .filter((template) => new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(path))
    .sort((a, b) => a.split("{").length - b.split("{").length);
  return fitting.map((template) => document.paths[template][method.toLowerCase()]).find((one) => one);
}

export function judgeBy(document: Document): Judge {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "openapi", components: document.components });
  return (method, path, status, type, body) => {
    const operation = operationOf(document, method, path);
    if (!operation || status === 401) return null; // nobody's of the API, or the gateway's own
    const response = operation.responses[status] ?? (status >= 400 ? operation.responses.default : undefined);
    if (!response) return `the status ${status} is not in the document`;
    const isEmpty = body === undefined;
    if (!response.content) return isEmpty ? null : "the document knows no body";
    const { schema } = response.content[type.split(";")[0]] ?? {};
    if (!schema) return `the document knows no ${type}`;
    const validate = schema.$ref && ajv.getSchema(`openapi${schema.$ref}`);
    if (!validate || validate(body)) return null;
    const [{ params }] = validate.errors!;
    return `${ajv.errorsText(validate.errors, { dataVar: "the answer" })}: ${JSON.stringify(params)}`;
  };
}

const judges = new Map<string, Promise<Judge>>();

/** The judge of a running system; one without a document of its own, as the helper, has nothing to be held against. */
function judgeOf(url: string): Promise<Judge> {
  const read = async (): Promise<Judge> => {
    const answer = await fetch(`${url}/openapi.json`);
    return answer.ok ? judgeBy(await answer.json()) : () => null;
  };
  const judge = judges.get(url) ?? read();
  judges.set(url, judge);
  judge.catch(() => judges.delete(url)); // it was down; the next call asks again
  return judge;
}

/** `fetch` that throws where an answer is not as the document says. */
export const judgedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const { origin, pathname } = new URL(String(input));
  const type = response.headers.get("content-type") ?? "none";
  const text = await response.clone().text();
  const body = text !== "" && type.includes("json") ? JSON.parse(text) : text || undefined;
  const method = init?.method ?? "GET";
  const fault = (await judgeOf(origin))(method, pathname, response.status, type, body);
  if (fault) throw new Error(`${method} ${pathname} answered ${response.status} with ${text}: ${fault}`);
  return response;
};
