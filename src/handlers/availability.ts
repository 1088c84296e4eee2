/** When a member can meet, by their own clocks. */
import { availabilitySchema } from "../domain/community/availability.ts";
import { parse } from "../domain/messages/messages.ts";
import { setAvailability } from "../infra/member-store.ts";
import { readMemberRequest } from "./http/caller.ts";
import { jsonBody, requireChanged, resource, valid } from "./http/http.ts";
import { requireChange } from "./http/roster-rate.ts";

const AVAILABILITY = "/communities/{community}/members/me/availability";

export const handler = resource({
  async [`PUT ${AVAILABILITY}`](event) {
    const { request, member } = await readMemberRequest(event);
    const { community, userId, nowMs } = request;
    const availability = valid(parse(availabilitySchema, jsonBody(event)));
    if (JSON.stringify(member.availability) !== JSON.stringify(availability)) {
      await requireChange(community, member, nowMs);
      requireChanged(await setAvailability(community, userId, availability), community);
    }
    return { status: 200, body: availability };
  },

  async [`DELETE ${AVAILABILITY}`](event) {
    const { request, member } = await readMemberRequest(event);
    const { community, userId, nowMs } = request;
    if (member.availability) {
      await requireChange(community, member, nowMs);
      requireChanged(await setAvailability(community, userId, null), community);
    }
    return { status: 204 };
  },
});
