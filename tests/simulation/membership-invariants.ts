/** What must hold of memberships once nothing is under way: in the roster, the directory, the head, the matrix and the former members. */
import { decodeBlock, isErased } from "../../src/domain/model/item-matrix.ts";
import { readHistory } from "../../src/infra/commit-log.ts";
import { readDirectory } from "../../src/infra/directory-store.ts";
import { readFormer, readFormers } from "../../src/infra/former-store.ts";
import { type Head, readHead } from "../../src/infra/head-store.ts";
import { blockKey } from "../../src/infra/matrix-block-store.ts";
import { type Member, readMembers, type Standing } from "../../src/infra/member-store.ts";
import { serveS3 } from "./bucket.ts";
import { clockMs } from "./clock.ts";
import { Violation } from "./ledger.ts";

/** What the callers were told, and so what must hold. */
export interface Expected {
  /** `blocker blocked`, of users, as far as they were not taken back or forgotten. */
  blocks: Set<string>;
  /** Users; one of whom nobody knows is in neither. */
  banned: Set<string>;
  free: Set<string>;
  /** By row, what a device that reads only changes believes. */
  names: (string | null)[];
}

const text = (value: unknown) => JSON.stringify(value);

function expectSame(what: string, seen: unknown, expected: unknown): void {
  if (text(seen) !== text(expected))
    throw new Violation(`${what}: ${text(seen)}, expected ${text(expected)}`);
}

/** One row a user, one directory entry a row, and the counts of the head. */
async function checkRoster(
  head: Head,
  members: readonly Member[],
  formers: readonly Standing[],
): Promise<void> {
  const { community, rowCount, memberCount, itemCount, modelVersion } = head;
  const entries = await readDirectory(community);
  const byRow = [...members].sort((a, b) => a.row - b.row);
  expectSame(
    "the directory",
    entries.map(({ row, itemId }) => [row, itemId]),
    byRow.map(({ row, memberId }) => [row, memberId]),
  );
  for (const { row, joinedAtVersion } of entries)
    if (joinedAtVersion > modelVersion) throw new Violation(`row ${row} is of version ${joinedAtVersion}`);
  expectSame("the head's counts", [memberCount, itemCount], [members.length, members.length]);
  const rows = [...members, ...formers].map(({ row }) => row);
  if (new Set(rows).size !== rows.length || rows.some((row) => row >= rowCount))
    throw new Violation(`rows ${rows} of ${rowCount}`);
}

/** A row that nobody has is erased, one that somebody has is not. */
function checkMatrix({ community, manifest, rowCount }: Head, members: readonly Member[]): void {
  const given = new Set(members.map(({ row }) => row));
  const erased: number[] = [];
  for (const stored of manifest.values()) {
    const { body } = serveS3({ method: "GET", bucket: "", key: blockKey(community, stored) });
    const block = decodeBlock(body, stored.index, stored.version);
    for (let row = block.firstRow; row < block.firstRow + block.rowCount; row++)
      if (isErased(block, row)) erased.push(row);
  }
  const free = Array.from({ length: rowCount }, (_, row) => row).filter((row) => !given.has(row));
  const sorted = erased.sort((a, b) => a - b);
  expectSame("erased rows", sorted, free);
}

/** Throws the first violation; answers how many versions there were. */
export async function checkMemberships(
  community: string,
  users: readonly string[],
  { blocks, banned, free }: Expected,
  names?: readonly (string | null)[],
  isSwept = false,
): Promise<number> {
  const head = (await readHead(community))!;
  const members = await readMembers(community);
  const formers = (await readFormers(community, clockMs())).map(({ standing }) => standing);
  await checkRoster(head, members, formers);
  checkMatrix(head, members);
  const standings = new Map<string, Standing>(members.map((member) => [member.userId, member]));
  for (const user of users) {
    const former = await readFormer(community, user, clockMs());
    if (former && standings.has(user)) throw new Violation(`${user} is a member and a former one`);
    if (former) standings.set(user, former.standing);
  }
  expectSame("former members of users", standings.size, members.length + formers.length);
  for (const key of blocks) {
    const [by, other] = key.split(" ").map((user) => standings.get(user));
    if (!by || !other || !by.blockedRows.includes(other.row))
      throw new Violation(`the block of ${key} is lost`);
  }
  for (const user of banned)
    if (!standings.get(user)?.isBanned) throw new Violation(`${user} is banned no longer`);
  for (const user of free) if (standings.get(user)?.isBanned) throw new Violation(`${user} is banned still`);
  const held = new Set([...standings.values()].map(({ row }) => row));
  for (const { userId, blockedRows } of members)
    if (isSwept && blockedRows.some((row) => !held.has(row)))
      throw new Violation(`${userId} blocks ${blockedRows}, and ${[...held]} are somebody's`);
  if (names) {
    const rows = Array.from({ length: head.rowCount }, (_, row) => row);
    const nameOf = new Map(members.map(({ row, memberId }) => [row, memberId]));
    expectSame(
      "a device's names",
      names,
      rows.map((row) => nameOf.get(row) ?? null),
    );
  }
  const history = await readHistory(community, 1, 10_000, clockMs());
  if (history.at(-1) && history.at(-1)!.modelVersion !== head.modelVersion)
    throw new Violation(
      `the head is at ${head.modelVersion}, the history at ${history.at(-1)!.modelVersion}`,
    );
  return head.modelVersion;
}
