/** The people of a community, for its operators: the roster; who is approved, banned, tagged or removed. */
import type * as z from "zod/mini";
import { PAGE_PEOPLE_MAX } from "../domain/limits.ts";
import { memberIdSchema, parse } from "../domain/messages/messages.ts";
import {
  type memberChangeSchema,
  parseMemberChange,
  rosterQuerySchema,
} from "../domain/messages/people-messages.ts";
import type { Head } from "../infra/head-store.ts";
import { setTags } from "../infra/member-store.ts";
import {
  bannedItem,
  banRequest,
  type Person,
  readPersonByMemberId,
  readRoster,
  removeStatus,
} from "../infra/person-store.ts";
import { admit } from "./http/admission.ts";
import { unknownMember } from "./http/blocked-member.ts";
import { readOperatorRequest } from "./http/caller.ts";
import {
  type HttpEvent,
  jsonBody,
  modelMoved,
  queryOf,
  requireChanged,
  resource,
  valid,
} from "./http/http.ts";
import { cursorOf, keyOf, pageBody } from "./http/pages.ts";
import { countRounds, rosterCsv, rosterEntry } from "./http/roster-body.ts";
import { raceForRow } from "./http/row-race.ts";
import { leave } from "./steps/leave.ts";

const C = "/communities/{community}";

async function readMemberId(event: HttpEvent) {
  const { head, request } = await readOperatorRequest(event);
  return {
    head,
    request,
    memberId: valid(parse(memberIdSchema, event.pathParameters?.memberId, ["memberId"])),
  };
}

/** One step towards the status; true when it is there, null when there is another step to take or somebody else was faster. */
async function moveTo(
  status: z.infer<typeof memberChangeSchema>["status"],
  head: Head,
  person: Person,
  nowMs: number,
): Promise<true | null> {
  const { community } = head;
  const { userId } = person;
  if (status === undefined || status === person.status) return true;
  if (status === "member") await admit(head, person, {}, nowMs);
  else if (person.status === "awaiting-approval") await banRequest(community, userId);
  else await leave({ community, userId, nowMs, leftOf: bannedItem });
  return null;
}

export const handler = resource({
  async [`GET ${C}/members`](event) {
    const { head } = await readOperatorRequest(event);
    const { status, format, cursor } = queryOf(event, rosterQuerySchema);
    const page = await readRoster(head.community, status, keyOf(cursor), PAGE_PEOPLE_MAX);
    const met = await countRounds(head, page.values);
    const roster = page.values.map((person) => rosterEntry(person, met));
    if (format !== "csv")
      return { status: 200, body: pageBody("members", { ...page, values: roster }, (entry) => entry) };
    const query = new URLSearchParams({ ...event.queryStringParameters, cursor: cursorOf(page.next ?? "") });
    const link = page.next && { link: `</communities/${head.community}/members?${query}>; rel="next"` };
    return {
      status: 200,
      headers: { "content-type": "text/csv; charset=utf-8", ...link },
      text: rosterCsv(roster),
    };
  },

  async [`PUT ${C}/members/{memberId}`](event) {
    const { head, request, memberId } = await readMemberId(event);
    const { community } = head;
    const { status, tags } = valid(parseMemberChange(jsonBody(event)));
    const find = async () => {
      const person = await readPersonByMemberId(community, memberId);
      if (!person) throw unknownMember(memberId);
      return person;
    };
    await raceForRow(async () =>
      moveTo(status, (await readOperatorRequest(event)).head, await find(), request.nowMs),
    );
    const { userId } = await find();
    if (tags) {
      const result = await setTags(community, userId, memberId, tags);
      if (result.outcome === "condition") throw unknownMember(memberId);
      requireChanged(result, community);
    }
    const person = await find();
    return { status: 200, body: rosterEntry(person, await countRounds(head, [person])) };
  },

  async [`DELETE ${C}/members/{memberId}`](event) {
    const { head, request, memberId } = await readMemberId(event);
    const { community } = head;
    const person = await readPersonByMemberId(community, memberId);
    if (person?.status === "member") {
      if ((await leave({ community, userId: person.userId, nowMs: request.nowMs })) === null)
        throw modelMoved();
    } else if (person?.status) await removeStatus(community, person.userId, person.status);
    return { status: 204 };
  },
});
