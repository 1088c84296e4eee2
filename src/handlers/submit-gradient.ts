import { Problem } from "../domain/errors.ts";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import { parseGradient } from "../domain/messages/messages.ts";
import { enqueueGradient, gradientMessageBody } from "../infra/gradient-queue.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { noteSeen } from "../infra/seen-store.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { readCaller, requireMember } from "./http/caller.ts";
import { endpoint, jsonBody, valid } from "./http/http.ts";

function parseFor({ head, member }: ReturnType<typeof requireMember>, body: unknown, nowMs: number) {
  const { rowCount, modelVersion, settings } = head;
  const model = { rowCount, modelVersion, width: settings.factors + 1, ownRow: member.row };
  return parseGradient(body, model, nowMs);
}

/** `POST C/gradients`: checks who and what, queues the gradient with a keyed hash of the who. */
export const handler = endpoint(async (event) => {
  // The cheap read first, its head perhaps some seconds old; whoever fails by it may just have joined, or know a newer
  // version than it shows. A body is parsed for members alone.
  const recent = await readCaller(event, "eventual");
  const isKnown = recent.head !== null && recent.status === "member";
  let caller = isKnown ? recent : await readCaller(event);
  const { community, userId, nowMs } = caller.request;
  const membership = requireMember(caller);
  const body = jsonBody(event);
  let parsed = parseFor(membership, body, nowMs);
  if (isKnown && !parsed.ok) {
    caller = await readCaller(event);
    parsed = parseFor(requireMember(caller), body, nowMs);
  }
  const { head, member } = requireMember(caller);
  const gradient = valid(parsed);
  if (member.learning === "hosted") {
    const detail = "Your learning is hosted: the server makes your gradients from your ratings.";
    throw new Problem("learning-is-hosted", detail);
  }
  if (head.settings.sums === "secure") {
    const detail =
      "Sums of this community are secure: POST sums/{sum}/reports takes reports, made with its helper.";
    throw new Problem("sums-are-secure", detail);
  }
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
