/**
 * One delivery of a webhook: a POST to whoever the operator named, who may be slow, hostile, or not what they
 * seem.
 */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { WEBHOOK_TIME_MAX_MS } from "../domain/limits.ts";
import { allowsLoopback } from "./aws.ts";
import { AddressRefused, addressRule, checkedLookup, literalOf } from "./public-address.ts";

/** `status`: what the receiver answered; `error`: why there is no answer. */
export interface Outcome {
  isDelivered: boolean;
  status?: number;
  error?: string;
  ms: number;
}

function reasonOf(error: unknown): string {
  if (error instanceof AddressRefused) return error.message;
  const { name, code, message } = error as Error & { code?: string };
  if (name === "TimeoutError" || name === "AbortError")
    return `no answer within ${WEBHOOK_TIME_MAX_MS / 1000} s`;
  return (code ?? message).slice(0, 200);
}

/** The answer's status. Its body is not read, and no redirect is followed. */
function statusOf(url: URL, headers: Record<string, string>, body: string): Promise<number> {
  const isAllowed = addressRule(allowsLoopback());
  const literal = literalOf(url.hostname);
  if (literal && !isAllowed(literal)) throw new AddressRefused("the address is not public");
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(url, {
      ...{ method: "POST", agent: false, lookup: checkedLookup(isAllowed) },
      signal: AbortSignal.timeout(WEBHOOK_TIME_MAX_MS),
      headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    sent.on("response", (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on("error", reject); // after the answer too, of which nobody hears
    sent.end(body);
  });
}

/** Delivered is what was answered with 2xx. Never throws. */
export async function postWebhook(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Outcome> {
  const startedAtMs = performance.now();
  const ms = () => Math.round(performance.now() - startedAtMs);
  try {
    const status = await statusOf(new URL(url), headers, body);
    return { isDelivered: status >= 200 && status < 300, status, ms: ms() };
  } catch (error) {
    return { isDelivered: false, error: reasonOf(error), ms: ms() };
  }
}
