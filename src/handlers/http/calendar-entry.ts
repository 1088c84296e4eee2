/** A group as an entry of a calendar (RFC 5545). */
import ical from "ical-generator";
import { DAY_MS } from "../../domain/limits.ts";
import type { Round } from "../../domain/rounds/round.ts";
import type { Period } from "./round-body.ts";

export interface Entry {
  community: string;
  memberId: string;
  round: Round;
  groupId: string;
  /**
   * The best time of the group, if it has one; else the entry is of the whole day after the round was
   * published.
   */
  time?: Period;
  because: readonly string[];
}

/**
 * The entry has the same UID whenever it is read, and a round that takes the place of a withdrawn one has it
 * too, with a later SEQUENCE: so a calendar replaces the entry.
 */
export function calendarEntry({ community, memberId, round, groupId, time, because }: Entry): string {
  const { publishedAtMs = 0, previousRound = round.round - 1 } = round;
  const day = new Date(publishedAtMs + DAY_MS);
  const calendar = ical({ prodId: { company: "tertulia", product: "tertulia" } });
  calendar.createEvent({
    id: `${previousRound + 1}-${memberId}.${community}@tertulia`,
    sequence: round.round,
    stamp: new Date(publishedAtMs),
    ...(time ? { start: new Date(time.from), end: new Date(time.to) } : { start: day, allDay: true }),
    summary: `${community}: group ${groupId}`,
    description: because.join("\n"),
  });
  return calendar.toString();
}
