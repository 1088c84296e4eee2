import { Problem } from "../domain/errors.ts";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import { parseGradient } from "../domain/messages/messages.ts";
import { enqueueGradient, gradientMessageBody } from "../infra/gradient-queue.ts";
import type { Head } from "../infra/head-store.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { readCaller, requireMember } from "./http/caller.ts";
import { endpoint, jsonBody, valid } from "./http/http.ts";

function parseFor({ rowCount, modelVersion, settings }: Head, body: unknown, nowMs: number) {
  return parseGradient(body, { rowCount, modelVersion, width: settings.factors + 1 }, nowMs);
}

/** `POST C/gradients`: checks who and what, queues the gradient with a keyed hash of the who. */
export const handler = endpoint(async (event) => {
  const body = jsonBody(event);
  // The cheap read first, its head perhaps some seconds old; whoever fails by it may just have joined, or know a newer
  // version than it shows.
  let caller = await readCaller(event, "eventual");
  const { community, userId, nowMs } = caller.request;
  let parsed = caller.head && caller.status === "member" ? parseFor(caller.head, body, nowMs) : null;
  if (!parsed?.ok) {
    caller = await readCaller(event);
    parsed = parseFor(requireMember(caller).head, body, nowMs);
  }
  const { head, member } = requireMember(caller);
  const gradient = valid(parsed);
  const message = gradientMessageBody({ community, sender: await senderOf(community, userId), gradient });
  if (!message) {
    throw new Problem(
      "body-too-large",
      `The gradient takes more than ${MESSAGE_BYTES_MAX} bytes; send fewer rows, or i8.`,
    );
  }
  const limit = head.settings.gradientsPerHourMax;
  const full = await takeFromRate(community, member, "gradients", limit, nowMs);
  if (full) throw new Problem("too-many-gradients", `At most ${limit} gradients an hour.`, full);
  await Promise.all([enqueueGradient(message), noteSeen(community, member, nowMs)]);
  const location = `/communities/${community}/gradients/${gradient.id}`;
  return { status: 202, headers: { location }, body: { id: gradient.id, status: "queued" } };
});
