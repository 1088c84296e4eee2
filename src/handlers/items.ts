/** Content items: operators add, describe and delete them; members read what is told of them, and which are similar. */
import { isDeepStrictEqual } from "node:util";
import { Problem } from "../domain/errors.ts";
import { filterRows } from "../domain/learning/catalogue.ts";
import { ItemSet, kindOfItem, NOBODY } from "../domain/learning/item-set.ts";
import { pageOf, placeText, readPlace } from "../domain/learning/ranking.ts";
import { LIST_LIMIT_DEFAULT } from "../domain/learning/recommend.ts";
import { similaritiesTo } from "../domain/learning/similar.ts";
import { PAGE_ITEMS_MAX } from "../domain/limits.ts";
import { type ItemMetadata, MEMBER_KIND } from "../domain/messages/item.ts";
import {
  type ListQuery,
  parseItemBody,
  parseListQuery,
  similarQuerySchema,
} from "../domain/messages/item-messages.ts";
import { anyItemIdSchema, itemIdSchema, MEMBER_ID_PREFIX, parse } from "../domain/messages/messages.ts";
import { eraseMember } from "../domain/model/apply-batch.ts";
import {
  addItems,
  itemRemoval,
  knownCatalogue,
  readEntries,
  readEntry,
  readState,
  replaceMetadata,
} from "../infra/catalogue-store.ts";
import { findRows, knownDirectory } from "../infra/directory-store.ts";
import { type Head, readHead } from "../infra/head-store.ts";
import { modelOf, putBlocks, readSnapshot, rowSnapshot, writeCommit } from "../infra/model-store.ts";
import { retry } from "../infra/retry.ts";
import { readInsiderRequest, readOperatorRequest } from "./http/caller.ts";
import {
  type Answer,
  type HttpEvent,
  jsonBody,
  modelMoved,
  type Request,
  resource,
  unknownCommunity,
  valid,
} from "./http/http.ts";
import { itemShown, metadataShown, type ShownItem } from "./http/item-body.ts";
import { pageBody, pageStart } from "./http/pages.ts";
import { raceForRow, requireFreeRow } from "./http/row-race.ts";
import { servedMatrix } from "./steps/kept-model.ts";

const C = "/communities/{community}";

const contentItemId = (event: HttpEvent): string =>
  valid(parse(itemIdSchema, event.pathParameters?.itemId, ["itemId"]));

/** One attempt: the answer, or null when another row was given or another item changed in between. */
async function tryPut(
  community: string,
  itemId: string,
  metadata: ItemMetadata | undefined,
): Promise<Answer | null> {
  const head = await readHead(community);
  if (!head) throw unknownCommunity(community);
  const { entries, lastChange } = await readState(community, [itemId]);
  const entry = entries.get(itemId);
  if (!entry) {
    requireFreeRow(head);
    const added = { itemId, row: head.rowCount, metadata: metadata ?? {} };
    const { outcome } = await addItems(head, [added], lastChange);
    return outcome === "committed" ? { status: 201, body: itemShown(added) } : null;
  }
  const changed = { ...entry, metadata: metadata ?? entry.metadata };
  if (!isDeepStrictEqual(changed, entry)) {
    const { outcome } = await replaceMetadata(community, [changed], lastChange);
    if (outcome !== "committed") return null;
  }
  return { status: 200, body: itemShown(changed) };
}

/** One attempt; null when another commit came between. */
async function tryDelete(community: string, itemId: string, nowMs: number): Promise<Answer | null> {
  const entry = await readEntry(community, itemId);
  if (!entry) return { status: 204 };
  const head = await readHead(community);
  if (!head) throw unknownCommunity(community);
  const model = modelOf(await rowSnapshot(head, entry.row));
  const { modelVersion, gradientNorm, blocks } = eraseMember(model, entry.row);
  const { committedSum } = head;
  const commit = { modelVersion, gradientNorm, committedSum, applied: [], rejected: [] };
  const made = await putBlocks(community, blocks, modelVersion);
  const also = itemRemoval(community, entry);
  const { outcome } = await writeCommit(head, commit, made, nowMs, { contentItems: -1 }, also);
  return outcome === "committed" ? { status: 204 } : null;
}

const unknownItem = (itemId: string) => new Problem("unknown-item", `There is no item '${itemId}'.`);

/** The item that the path names, a member's too, or 404. */
async function readItem(head: Head, event: HttpEvent): Promise<ShownItem> {
  const itemId = valid(parse(anyItemIdSchema, event.pathParameters?.itemId, ["itemId"]));
  if (itemId.startsWith(MEMBER_ID_PREFIX)) {
    const row = (await findRows(head, [itemId])).get(itemId);
    if (row === undefined) throw unknownItem(itemId);
    return { itemId, row, metadata: { kind: MEMBER_KIND } };
  }
  const entry = await readEntry(head.community, itemId);
  if (!entry) throw unknownItem(itemId);
  return entry;
}

/** A page of the items like this one: people like a person, things like a thing. */
async function similarTo(
  { itemId, row }: ShownItem,
  { wish, cursor }: ListQuery,
  { community, nowMs }: Request,
) {
  // Anew: the item may be younger than the head that said who asks.
  const snapshot = await readSnapshot(community);
  if (!snapshot) throw unknownCommunity(community);
  const { head } = snapshot;
  const [{ entries }, catalogue] = await Promise.all([knownDirectory(head), knownCatalogue(head)]);
  const { factors, pinnedVersion } = head.settings;
  const served = await servedMatrix(snapshot, pinnedVersion);
  const items = new ItemSet(served, factors, (other) => kindOfItem(entries.get(other)?.itemId));
  if (items.kinds[row] === NOBODY) throw unknownItem(itemId);
  const filter = filterRows(items, catalogue, wish, nowMs);
  const passes = (other: number) => other !== row && items.kinds[other] === items.kinds[row] && filter(other);
  const after = cursor === undefined ? undefined : readPlace(cursor);
  const { limit = LIST_LIMIT_DEFAULT } = wish;
  const { rows, next } = pageOf(similaritiesTo(items, row), limit, passes, after);
  const similar = rows.map(({ row: other, score }) => {
    const shown = metadataShown(items.kinds[other], catalogue.get(other));
    return { itemId: entries.get(other)?.itemId, similarity: score, ...shown };
  });
  return { items: similar, ...(next ? { next: placeText(next) } : {}) };
}

export const handler = resource({
  async [`PUT ${C}/items/{itemId}`](event) {
    const { community } = (await readOperatorRequest(event)).request;
    const itemId = contentItemId(event);
    // Without a body the item is added, or stays as it is.
    const metadata = event.body ? valid(parseItemBody(jsonBody(event))) : undefined;
    return raceForRow(() => tryPut(community, itemId, metadata));
  },

  async [`DELETE ${C}/items/{itemId}`](event) {
    const { community, nowMs } = (await readOperatorRequest(event)).request;
    const itemId = contentItemId(event);
    const answer = await retry(() => tryDelete(community, itemId, nowMs));
    if (answer) return answer;
    throw modelMoved();
  },

  async [`GET ${C}/items/{itemId}`](event) {
    const { head } = await readInsiderRequest(event);
    return { status: 200, body: itemShown(await readItem(head, event)) };
  },

  async [`GET ${C}/items`](event) {
    const { community } = (await readInsiderRequest(event)).request;
    const page = await readEntries(community, pageStart(event), PAGE_ITEMS_MAX);
    return { status: 200, body: pageBody("items", page, itemShown) };
  },

  async [`GET ${C}/items/{itemId}/similar`](event) {
    const { request, head } = await readInsiderRequest(event);
    const query = valid(parseListQuery(similarQuerySchema, { ...event.queryStringParameters }));
    return { status: 200, body: await similarTo(await readItem(head, event), query, request) };
  },
});
