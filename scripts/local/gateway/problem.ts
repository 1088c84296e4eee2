/** Errors of the gateway itself, in the form of the handlers' (RFC 9457). AWS's own have `{"message"}` alone. */

export interface Answer {
  statusCode: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
}

/** `type` is a word for programs, `detail` a sentence for people; `fields` go into the document as they are. */
export function problem(
  statusCode: number,
  type: string,
  detail: string,
  extra: { headers?: Record<string, string>; fields?: object } = {},
): Answer {
  const title = titles[statusCode] ?? "Error";
  return {
    statusCode,
    headers: { "content-type": "application/problem+json", ...extra.headers },
    body: JSON.stringify({ type, title, status: statusCode, detail, ...extra.fields }),
  };
}

const titles: Record<number, string> = {
  400: "The request is not valid",
  401: "A valid bearer token is needed",
  404: "There is no such route",
  413: "The body is too large",
  500: "Something went wrong here",
  503: "The gateway gave up waiting",
  504: "The function timed out",
};
