import { Problem } from "../domain/errors.ts";
import { MESSAGE_BYTES_MAX } from "../domain/limits.ts";
import { parseGradient } from "../domain/messages/messages.ts";
import { enqueueGradient, gradientMessageBody } from "../infra/gradient-queue.ts";
import { type Membership, readMembership } from "../infra/membership.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { senderOf } from "../infra/sender-tags.ts";
import { endpoint, jsonBody, notAMember, readRequest, unknownCommunity, valid } from "./http/http.ts";

function parseFor({ head, member }: ReturnType<typeof required>, body: unknown, nowMs: number) {
  const { rowCount, modelVersion, settings } = head;
  const model = { rowCount, modelVersion, width: settings.factors + 1, ownRow: member.row };
  return parseGradient(body, model, nowMs);
}

function required({ head, member }: Membership, community: string) {
  if (!head) throw unknownCommunity(community);
  if (!member) throw notAMember(community);
  return { head, member };
}

/** `POST C/gradients`: checks who and what, queues the gradient with a keyed hash of the who. */
export const handler = endpoint(async (event) => {
  const { community, userId, nowMs } = readRequest(event);
  // The cheap read first, its head perhaps some seconds old; whoever fails by it may just have joined, or know a newer
  // version than it shows. A body is parsed for members alone.
  const recent = await readMembership(community, userId, "eventual");
  const isKnown = recent.head !== null && recent.member !== null;
  const readAgain = async () => required(await readMembership(community, userId, "strong"), community);
  let membership = isKnown ? required(recent, community) : await readAgain();
  const body = jsonBody(event);
  let parsed = parseFor(membership, body, nowMs);
  if (isKnown && !parsed.ok) {
    membership = await readAgain();
    parsed = parseFor(membership, body, nowMs);
  }
  const gradient = valid(parsed);
  const message = gradientMessageBody({ community, sender: senderOf(community, userId), gradient });
  if (!message) {
    throw new Problem(
      "body-too-large",
      `The gradient takes more than ${MESSAGE_BYTES_MAX} bytes; send fewer rows, or i8.`,
    );
  }
  const limit = membership.head.settings.gradientsPerHourMax;
  const full = await takeFromRate(community, membership.member, limit, nowMs);
  if (full) throw new Problem("too-many-gradients", `At most ${limit} gradients an hour.`, full);
  await enqueueGradient(message);
  const location = `/communities/${community}/gradients/${gradient.id}`;
  return { status: 202, headers: { location }, body: { id: gradient.id, status: "queued" } };
});
