/**
 * A community of generated members, stored with their directory as joining stores them. Every row of its
 * model has changed once.
 */
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { DEFAULT_SETTINGS, type Settings } from "../../../src/domain/community/settings.ts";
import { MEMBER_ID_PREFIX } from "../../../src/domain/messages/messages.ts";
import { uniform } from "../../../src/domain/random.ts";
import type { Head } from "../../../src/infra/head-store.ts";
import { headOf } from "../../../tests/fixtures/head.ts";

const ITEMS_PER_REQUEST = 25;

async function storeMembers(community: string, members: number): Promise<void> {
  const { dynamodb, names } = await import("../../../src/infra/aws.ts");
  const { itemOf } = await import("../../../src/infra/item-writes.ts");
  const random = uniform(members);
  const handle = () => `${MEMBER_ID_PREFIX}${Math.floor(random() * 2 ** 52).toString(36)}`;
  for (let from = 0; from < members; from += ITEMS_PER_REQUEST) {
    const rows = Array.from({ length: Math.min(ITEMS_PER_REQUEST, members - from) }, (_, n) => from + n);
    const handles = rows.map(handle);
    const put = (values: object) => ({ PutRequest: { Item: itemOf({ community, ...values }) } });
    const people = rows.map((row, n) => {
      const member = { userId: userOf(row), memberId: handles[n], row };
      return put({ ...member, learning: "local", paused: false });
    });
    const entries = rows.map((row, n) => put({ row, itemId: handles[n], joinedAtVersion: 0 }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [names.membersTable]: people } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [names.itemsTable]: entries } }));
  }
}

/** As long as a user pool's. */
export const userOf = (row: number): string => `00000000-0000-4000-8000-${String(row).padStart(12, "0")}`;

/** Makes every row's first change, by which all blocks are stored and a delta since version 0 names every row. */
async function changeAllRows(head: Head): Promise<void> {
  const { modelOf, putBlocks, snapshotOf, writeCommit } = await import("../../../src/infra/model-store.ts");
  const { applyBatch } = await import("../../../src/domain/model/apply-batch.ts");
  const model = modelOf(await snapshotOf(head));
  const rows = Uint32Array.from({ length: head.rowCount }, (_, row) => row);
  const width = head.settings.factors + 1;
  const random = uniform(head.seed);
  const values = Float32Array.from({ length: rows.length * width }, () => random() - 0.5);
  const id = "00000000-0000-7000-8000-000000000000";
  const step = applyBatch(model, [{ id, modelVersion: 0, rows, width, data: { kind: "f32", values } }]);
  const blocks = await putBlocks(head.community, step.blocks, step.modelVersion);
  const commit = { ...step, committedSum: 0, applied: [], rejected: [] };
  await writeCommit(head, commit, blocks, Date.now());
}

export async function makePeople(
  community: string,
  members: number,
  settings: Partial<Settings>,
  seed: number,
): Promise<void> {
  const { createHead } = await import("../../../src/infra/head-store.ts");
  const counts = { rosterVersion: members, rowCount: members, memberCount: members, itemCount: members };
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const head = headOf(community, { ...counts, seed, settings: all, createdAtMs: Date.now() });
  await createHead(head);
  await storeMembers(community, members);
  await changeAllRows(head);
}
