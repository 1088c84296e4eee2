/** The part of the daily sweep that erases blocks of those whose time to come back is over. */
import { SERVER_SKEW_MAX_MS } from "../../domain/limits.ts";
import { eraseBlocks } from "../../infra/block-store.ts";
import { readDirectory } from "../../infra/directory-store.ts";
import { readFormers } from "../../infra/former-store.ts";
import type { Head } from "../../infra/head-store.ts";
import { readMembers } from "../../infra/member-store.ts";

/**
 * A blocked row is nobody's if it is neither in the directory nor a former member's. The directory is read first: who comes
 * back between the two reads moves the head, and nothing is erased; who leaves between them is in the directory still.
 */
export async function forgetBlocks(head: Head, nowMs: number): Promise<number> {
  const { community } = head;
  const members = await readMembers(community);
  if (members.every(({ blockedRows }) => blockedRows.length === 0)) return 0;
  const given = new Set((await readDirectory(community)).map(({ row }) => row));
  const formers = await readFormers(community, nowMs - SERVER_SKEW_MAX_MS);
  for (const { standing } of formers) given.add(standing.row);
  return eraseBlocks(head, members, (row) => !given.has(row));
}
