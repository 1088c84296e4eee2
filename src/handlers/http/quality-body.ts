/** How good a round is, for operators: what the engine knew of it, members by their handles. */
import type { DirectoryEntry } from "../../infra/directory-store.ts";
import type { Round } from "../../infra/round-store.ts";

/** Something that was wished for and not kept. */
interface Note {
  note: "rematch" | "match" | "alone";
  detail: string;
  pairs?: string[][];
  members?: string[];
}

export function qualityBody({ quality }: Round, directory: readonly DirectoryEntry[]) {
  const { totalAffinity, worstMemberAffinity, repeats, moved, engineSeconds, rematch, match, alone } =
    quality;
  const itemIdOf = new Map(directory.map((entry) => [entry.row, entry.itemId]));
  const named = (rows: readonly number[]) => rows.flatMap((row) => itemIdOf.get(row) ?? []);
  const notes: Note[] = [];
  if (rematch.count > 0) {
    const detail = `Pairs that meet again within the rematch window: ${rematch.count}.`;
    notes.push({ note: "rematch", detail, pairs: rematch.pairs.map(named) });
  }
  if (match.count > 0) {
    const detail = `Pairs that differ in a tag that is to be equal: ${match.count}.`;
    notes.push({ note: "match", detail, pairs: match.pairs.map(named) });
  }
  if (alone.length > 0)
    notes.push({ note: "alone", detail: "No group could take these members.", members: named(alone) });
  return { totalAffinity, worstMemberAffinity, repeats, notes, moved, engineSeconds };
}
