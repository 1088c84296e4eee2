/**
 * Whom the member was grouped with in published rounds, as the server knows it. A device that leaves out whom they
 * have met keeps the list, and each sync brings it up to date.
 */
import type { Meeting } from "../domain/messages/contract.ts";
import type { CommunityApi } from "./api.ts";
import { fetchPages } from "./pages.ts";
import { readJson, type Storage } from "./storage.ts";

/** The list as it was fetched last, latest round first, and where its second page began. */
interface Kept {
  meetings: Meeting[];
  next?: string;
}

const KEY = "meetings";

const pagesOf = (api: CommunityApi) =>
  fetchPages<"meetings", Meeting>(api, "/members/me/meetings", "meetings");

/** All pages, latest round first. */
export async function fetchMeetings(api: CommunityApi): Promise<Meeting[]> {
  const all: Meeting[] = [];
  for await (const { meetings } of pagesOf(api)) all.push(...meetings);
  return all;
}

const readKept = (storage: Storage) => readJson<Kept | null>(storage, KEY, null);

/**
 * Fetches what the kept list lacks: its first page, unless the device slept through more rounds than a page has. What
 * members said meanwhile of the rounds of that page comes with it.
 */
async function bringUpToDate(api: CommunityApi, storage: Storage, kept: Kept | null): Promise<Meeting[]> {
  const newest = kept?.meetings[0]?.round ?? 0;
  const fresh: Meeting[] = [];
  let older: Meeting[] = [];
  let first: { next?: string } | undefined;
  for await (const page of pagesOf(api)) {
    const isAsBefore = !first && page.next === kept?.next; // the page ends where it did: no round is new
    first ??= page;
    fresh.push(...page.meetings);
    const oldest = fresh.at(-1)?.round ?? Number.POSITIVE_INFINITY;
    if (!kept || page.next === undefined || !(isAsBefore || oldest <= newest)) continue;
    older = kept.meetings.filter(({ round }) => round < oldest);
    break;
  }
  const meetings = [...fresh, ...older];
  await storage.update(KEY, () => JSON.stringify({ meetings, next: first?.next }));
  return meetings;
}

/**
 * Brings the list up to date where the device keeps one, and it does not have `round` if that is given. Before
 * the first `readMet` there is none, so apps that do not ask pay for no call.
 */
export async function refreshMeetings(api: CommunityApi, storage: Storage, round?: number): Promise<void> {
  const kept = await readKept(storage);
  if (kept && !kept.meetings.some((meeting) => meeting.round === round))
    await bringUpToDate(api, storage, kept);
}

/** The memberIds of whom the member has met, by the kept list; the first time it is fetched. */
export async function readMet(api: CommunityApi, storage: Storage): Promise<string[]> {
  const meetings = (await readKept(storage))?.meetings ?? (await bringUpToDate(api, storage, null));
  return meetings.filter(({ missed }) => !missed).map(({ memberId }) => memberId);
}
