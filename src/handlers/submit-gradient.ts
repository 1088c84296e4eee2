import { Problem } from "../domain/errors.ts";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import { parseGradient } from "../domain/messages/messages.ts";
import { enqueueGradient, gradientMessageBody } from "../infra/gradient-queue.ts";
import { type Membership, readMembership } from "../infra/membership.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { endpoint, jsonBody, notAMember, readRequest, unknownCommunity, valid } from "./http/http.ts";

function parseFor({ head }: Membership, body: unknown, nowMs: number) {
  const { rowCount, modelVersion, settings } = head!;
  return parseGradient(body, { rowCount, modelVersion, width: settings.factors + 1 }, nowMs);
}

/** `POST C/gradients`: checks who and what, queues the gradient with a keyed hash of the who. */
export const handler = endpoint(async (event) => {
  const { community, userId, nowMs } = readRequest(event);
  const body = jsonBody(event);
  // The cheap read first, its head perhaps some seconds old; whoever fails by it may just have joined, or know a newer
  // version than it shows.
  let membership = await readMembership(community, userId, "eventual");
  let parsed = membership.head && parseFor(membership, body, nowMs);
  if (!membership.member || !parsed?.ok) {
    membership = await readMembership(community, userId, "strong");
    if (!membership.head) throw unknownCommunity(community);
    if (!membership.member) throw notAMember(community);
    parsed = parseFor(membership, body, nowMs);
  }
  const gradient = valid(parsed);
  const message = gradientMessageBody({ community, sender: senderOf(membership.head!, userId), gradient });
  if (!message) {
    throw new Problem(
      "body-too-large",
      `The gradient takes more than ${MESSAGE_BYTES_MAX} bytes; send fewer rows, or i8.`,
    );
  }
  const limit = membership.head!.settings.gradientsPerHourMax;
  const full = await takeFromRate(community, membership.member, "gradients", limit, nowMs);
  if (full) throw new Problem("too-many-gradients", `At most ${limit} gradients an hour.`, full);
  await enqueueGradient(message);
  const location = `/communities/${community}/gradients/${gradient.id}`;
  return { status: 202, headers: { location }, body: { id: gradient.id, status: "queued" } };
});
