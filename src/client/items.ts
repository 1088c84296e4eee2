/** Content items as operators describe them: what a device filters its recommendations by. */
import type { ItemMetadata } from "../domain/messages/item.ts";
import type { CommunityApi } from "./api.ts";
import { fetchPages } from "./pages.ts";

export interface Item extends ItemMetadata {
  itemId: string;
}

export async function fetchItems(api: CommunityApi): Promise<Item[]> {
  const all: Item[] = [];
  for await (const { items } of fetchPages<"items", Item>(api, "/items", "items")) all.push(...items);
  return all;
}
