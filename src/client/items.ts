/** Content items as operators describe them, read by pages; what a device filters its recommendations by. */
import type { ItemMetadata } from "../domain/messages/item.ts";
import { type CommunityApi, unreadable } from "./api.ts";

export interface Item extends ItemMetadata {
  itemId: string;
}

interface ItemsPage {
  items: Item[];
  next?: string;
}

export async function fetchItems(api: CommunityApi): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = (await api.call("GET", `/items${query}`)).body as ItemsPage;
    if (!Array.isArray(page?.items)) throw unreadable("the items");
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}
