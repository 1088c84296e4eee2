/**
 * What a notice says to those who get it, from the community's present state: who has left since is no longer
 * in it.
 */
import {
  fittingGroups,
  type NoticeGroup,
  type NoticeMessage,
} from "../../domain/messages/notice-messages.ts";
import { rowsByGroup } from "../../domain/rounds/round.ts";
import { readMembers } from "../../infra/member-store.ts";
import { messageIdOf, type Notice } from "../../infra/notice-store.ts";
import { readRound } from "../../infra/round-store.ts";

/** The round with as many of its groups as a notice holds; null where it is published no longer. */
async function publishedData(community: string, number: number) {
  const round = await readRound(community, number);
  if (round?.state !== "published" || round.publishedAtMs === undefined) return null;
  const people = new Map((await readMembers(community)).map((member) => [member.row, member]));
  const groups = rowsByGroup(round).map((rows, group): NoticeGroup => {
    const members = rows.flatMap((row) => people.get(row) ?? []);
    return {
      groupId: `${number}-${group}`,
      members: members.map(({ userId, memberId }) => ({ userId, memberId })),
    };
  });
  const fitting = fittingGroups(groups);
  const isCut = fitting.length < groups.length;
  return {
    round: number,
    publishedAt: new Date(round.publishedAtMs).toISOString(),
    groupCount: round.groupCount,
    groups: fitting,
    ...(isCut ? { more: `/communities/${community}/assignments?cursor=${fitting.length}` } : {}),
  };
}

/** The message of a notice, the same id at each delivery; null where there is nothing to tell any more. */
export async function noticeMessage(notice: Notice): Promise<NoticeMessage | null> {
  const { community, id, event, facts, atMs } = notice;
  const data = event === "round.published" ? await publishedData(community, facts.round) : facts;
  if (!data) return null;
  const timestamp = new Date(atMs).toISOString();
  return { id: messageIdOf(community, id), type: event, timestamp, data: { community, ...data } };
}
