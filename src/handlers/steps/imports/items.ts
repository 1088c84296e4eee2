/** Lines of items: an item that is not there is added, and of one that is there the metadata are replaced. */
import { isDeepStrictEqual } from "node:util";
import { rowsMax } from "../../../domain/limits.ts";
import type { ItemLine } from "../../../domain/messages/import-messages.ts";
import { addItems, CHANGES_MAX, readState, replaceMetadata } from "../../../infra/catalogue-store.ts";
import { readHead } from "../../../infra/head-store.ts";
import type { Judged, LineKind } from "./lines.ts";

async function judged(community: string, lines: readonly ItemLine[], rowsTaken: number) {
  const head = await readHead(community);
  if (!head) return null;
  const itemIds = lines.map(({ itemId }) => itemId);
  const state = await readState(community, itemIds);
  let free = rowsMax(head.settings.factors) - head.rowCount - rowsTaken;
  const outcomes = itemIds.map((itemId): Judged => {
    const isNew = !state.entries.has(itemId);
    return isNew && free-- <= 0 ? { reason: "the community has no row left" } : { isNew };
  });
  return { head, state, outcomes };
}

export const itemLines: LineKind<ItemLine> = {
  keyOf: ({ itemId }) => itemId,
  linesAtOnce: CHANGES_MAX,
  async judge(community, lines, rowsTaken) {
    return (await judged(community, lines, rowsTaken))?.outcomes ?? null;
  },
  async load(community, lines) {
    const now = await judged(community, lines, 0);
    if (!now) return "gone";
    const { entries, lastChange } = now.state;
    const isAdded = (n: number) => "isNew" in now.outcomes[n] && now.outcomes[n].isNew;
    const added = lines
      .filter((_, n) => isAdded(n))
      .map(({ itemId, metadata = {} }) => ({ itemId, metadata }));
    const changed = lines.flatMap(({ itemId, metadata }) => {
      const entry = entries.get(itemId);
      if (!entry || !metadata || isDeepStrictEqual(entry.metadata, metadata)) return [];
      return { ...entry, metadata };
    });
    if (added.length > 0 && (await addItems(now.head, added, lastChange)).outcome !== "committed")
      return null;
    const change = lastChange + added.length;
    if (changed.length > 0 && (await replaceMetadata(community, changed, change)).outcome !== "committed")
      return null;
    return now.outcomes;
  },
};
