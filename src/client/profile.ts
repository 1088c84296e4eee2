/** What the device knows of its owner: ratings and membership. */
import type { Membership } from "../domain/messages/contract.ts";
import { readJson, type Storage, updateJson } from "./storage.ts";

/** Values by item. */
export type RatingsByItem = Record<string, number>;

export function readRatings(storage: Storage): Promise<RatingsByItem> {
  return readJson(storage, "ratings", {});
}

/** Replaces one rating by `change` of what it was; 0 takes it back. */
export async function changeRating(
  storage: Storage,
  itemId: string,
  change: (before: number | undefined) => number,
): Promise<void> {
  await updateJson<RatingsByItem>(storage, "ratings", {}, (ratings) => {
    const value = change(Object.hasOwn(ratings, itemId) ? ratings[itemId] : undefined);
    const others = Object.entries(ratings).filter(([rated]) => rated !== itemId);
    return Object.fromEntries(value === 0 ? others : [...others, [itemId, value]]);
  });
}

export function readMembership(storage: Storage): Promise<Membership | null> {
  return readJson<Membership | null>(storage, "membership", null);
}

export async function keepMembership(storage: Storage, membership: Membership | null): Promise<void> {
  await storage.update("membership", () => (membership === null ? null : JSON.stringify(membership)));
}
