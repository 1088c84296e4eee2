/** Many new members in one transaction: an import would else race itself for each row. */
import { TRANSACTION_ITEMS_MAX } from "../domain/limits.ts";
import type { Status } from "../domain/messages/people-messages.ts";
import { givenRows } from "./directory-store.ts";
import type { Head } from "./head-store.ts";
import { type Member, memberWrite } from "./member-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

/** Somebody who is to be a member, and what they are until then. */
export interface Entrant {
  member: Member;
  before: Status | null;
}

/** A transaction takes the head and two writes for each. */
export const ENTRANTS_MAX = Math.floor((TRANSACTION_ITEMS_MAX - 1) / 2);

/**
 * Adds members at the rows from `head.rowCount` on, unless another row was given first or the model moved.
 */
export function addMembers(head: Head, entrants: readonly Entrant[]): Promise<TransactionOutcome> {
  const memberIds = entrants.map(({ member }) => member.memberId);
  const writes = entrants.map(({ member, before }) => memberWrite(head.community, member, before));
  return transact([...givenRows(head, memberIds, "member"), ...writes]);
}
