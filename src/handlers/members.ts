/** The people of a community, for its operators: the roster; who is approved, banned, tagged or removed. */
import type * as z from "zod/mini";
import { Problem } from "../domain/errors.ts";
import { PAGE_PEOPLE_MAX } from "../domain/limits.ts";
import { memberIdSchema, parse } from "../domain/messages/messages.ts";
import {
  type memberChangeSchema,
  parseMemberChange,
  rosterQuerySchema,
  type Status,
} from "../domain/messages/people-messages.ts";
import { readFormer, readFormers, setFormerBan } from "../infra/former-store.ts";
import type { Head } from "../infra/head-store.ts";
import {
  banRequest,
  moveItem,
  type Page,
  type Person,
  readPersonByMemberId,
  readRoster,
  removeStatus,
  setMemberBan,
  setTags,
} from "../infra/person-store.ts";
import { admit } from "./http/admission.ts";
import { unknownMember } from "./http/blocked-member.ts";
import { readOperatorRequest } from "./http/caller.ts";
import {
  type Answer,
  type HttpEvent,
  jsonBody,
  modelMoved,
  queryOf,
  requireChanged,
  resource,
  valid,
} from "./http/http.ts";
import { cursorOf, keyOf, pageBody } from "./http/pages.ts";
import { countRounds, formerEntry, type RosterEntry, rosterCsv, rosterEntry } from "./http/roster-body.ts";
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

type Wanted = z.infer<typeof memberChangeSchema>["status"];

/** One step towards the status; true when it is there, null when there is another step to take or somebody else was faster. */
async function moveTo(status: Wanted, head: Head, person: Person, nowMs: number): Promise<true | null> {
  const { community } = head;
  const { userId, memberId, row } = person;
  if (status === undefined || status === person.status) return true;
  if (row !== undefined) await setMemberBan(community, { userId, memberId: memberId! }, status === "banned");
  else if (status === "member") await admit(head, person, {}, nowMs);
  else await banRequest(community, userId);
  return null;
}

/** One attempt to give a member another userId; null when they were not as they were read. */
async function relink(head: Head, person: Person, userId: string | undefined, nowMs: number) {
  const { community } = head;
  if (userId === undefined || userId === person.userId) return true;
  const errors = [{ pointer: "#/userId", detail: "is taken" }];
  const taken = new Problem("user-taken", `'${userId}' is somebody else here, or banned.`, { errors });
  if ((await readFormer(community, userId, nowMs))?.standing.isBanned) throw taken;
  const result = await moveItem(community, person.userId, person.memberId!, userId);
  if (result.outcome === "condition" && result.failed === 0) throw taken;
  return result.outcome === "committed" ? true : null;
}

/** Bans somebody who has left, or lifts the ban. Of them the server knows no more than the handle that they had. */
async function changeFormer(
  community: string,
  memberId: string,
  status: Wanted,
  nowMs: number,
): Promise<Answer> {
  const isBanned = status === "banned";
  if (status === undefined || !(await setFormerBan(community, memberId, isBanned, nowMs)))
    throw unknownMember(memberId);
  return { status: 200, body: formerEntry(memberId, isBanned ? status : null) };
}

/** The last page of a roster has those, too, who were banned and have left. */
async function bannedFormers(
  community: string,
  status: Status | undefined,
  nowMs: number,
): Promise<RosterEntry[]> {
  if (status !== undefined && status !== "banned") return [];
  const formers = await readFormers(community, nowMs);
  return formers
    .filter(({ standing }) => standing.isBanned)
    .map(({ memberId }) => formerEntry(memberId, "banned"));
}

async function readRosterPage(event: HttpEvent): Promise<Page<RosterEntry>> {
  const { head, request } = await readOperatorRequest(event);
  const { community } = head;
  const { status, cursor } = queryOf(event, rosterQuerySchema);
  const { values, next } = await readRoster(community, status, keyOf(cursor), PAGE_PEOPLE_MAX);
  const met = await countRounds(head, values);
  const roster = await Promise.all(values.map((person) => rosterEntry(person, met)));
  return next === undefined
    ? { values: [...roster, ...(await bannedFormers(community, status, request.nowMs))] }
    : { values: roster, next };
}

export const handler = resource({
  async [`GET ${C}/members`](event) {
    const page = await readRosterPage(event);
    const { format, ...query } = queryOf(event, rosterQuerySchema);
    if (format !== "csv") return { status: 200, body: pageBody("members", page, (entry) => entry) };
    const following = page.next && new URLSearchParams({ format, ...query, cursor: cursorOf(page.next) });
    const link = following && { link: `<${event.rawPath}?${following}>; rel="next"` };
    const headers = { "content-type": "text/csv; charset=utf-8", ...link };
    return { status: 200, headers, text: rosterCsv(page.values) };
  },

  async [`PUT ${C}/members/{memberId}`](event) {
    const { head, request, memberId } = await readMemberId(event);
    const { community } = head;
    const { userId, status, tags } = valid(parseMemberChange(jsonBody(event)));
    const find = () => readPersonByMemberId(community, memberId);
    if (!(await find())) return changeFormer(community, memberId, status, request.nowMs);
    const require = async () => {
      const person = await find();
      if (!person) throw unknownMember(memberId);
      return person;
    };
    await raceForRow(async () => relink(head, await require(), userId, request.nowMs));
    await raceForRow(async () => {
      const present = (await readOperatorRequest(event)).head;
      return moveTo(status, present, await require(), request.nowMs);
    });
    if (tags) {
      const { userId } = await require();
      const result = await setTags(community, [{ userId, memberId, tags }]);
      if (result.outcome === "condition") throw unknownMember(memberId);
      requireChanged(result, community);
    }
    const person = await require();
    return { status: 200, body: await rosterEntry(person, await countRounds(head, [person])) };
  },

  async [`DELETE ${C}/members/{memberId}`](event) {
    const { head, request, memberId } = await readMemberId(event);
    const { community } = head;
    const { userId, row, status } = (await readPersonByMemberId(community, memberId)) ?? {};
    if (userId !== undefined && row !== undefined) {
      if ((await leave(community, userId, request.nowMs)) === "lost-races") throw modelMoved();
    } else if (userId !== undefined && status === "awaiting-approval")
      await removeStatus(community, userId, status);
    return { status: 204 };
  },
});
