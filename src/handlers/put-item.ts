import { itemBodySchema, itemIdSchema, parse } from "../domain/messages/messages.ts";
import { addItem, findRow } from "../infra/directory-store.ts";
import { readHead } from "../infra/head-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { type Answer, endpoint, jsonBody, unknownCommunity, valid } from "./http/http.ts";
import { raceForRow, requireFreeRow } from "./http/row-race.ts";

/** One attempt: the answer, or null when another row was given in between. */
async function findOrAdd(community: string, itemId: string): Promise<Answer | null> {
  const head = await readHead(community);
  if (!head) throw unknownCommunity(community);
  const row = await findRow(head, itemId);
  if (row !== null) return { status: 200, body: { itemId, row } };
  requireFreeRow(head);
  const { outcome } = await addItem(head, itemId);
  return outcome === "committed" ? { status: 201, body: { itemId, row: head.rowCount } } : null;
}

/** `PUT C/items/{itemId}`: adds a content item, once; it gets a row as members do. */
export const handler = endpoint(async (event) => {
  const { community } = (await readOperatorRequest(event)).head;
  const itemId = valid(parse(itemIdSchema, event.pathParameters?.itemId, ["itemId"]));
  if (event.body) valid(parse(itemBodySchema, jsonBody(event)));
  return raceForRow(() => findOrAdd(community, itemId));
});
