/** Items as the API shows them: what is told of a content item; of a member that they are one. */
import type { CatalogueItem } from "../../domain/learning/catalogue.ts";
import { PERSON } from "../../domain/learning/item-set.ts";
import { type ItemMetadata, MEMBER_KIND } from "../../domain/messages/item.ts";

export interface ShownItem {
  itemId: string;
  row: number;
  metadata: ItemMetadata;
}

export function itemShown({ itemId, row, metadata }: ShownItem) {
  return { itemId, row, ...metadata };
}

/** The field `item` beside an itemId; without it where nothing is told. */
export function metadataShown(kind: number, item: CatalogueItem | undefined): { item?: ItemMetadata } {
  if (kind === PERSON) return { item: { kind: MEMBER_KIND } };
  return item && Object.keys(item.metadata).length > 0 ? { item: item.metadata } : {};
}
