/**
 * Group testing: who spoils a community's secure sums. Nobody can look into a report, but a sum that was made
 * to wrap shows it. All who were in it are suspects; the sums after it take in a third of them at a time,
 * until one suspect alone spoils a sum. R. Dorfman, The Detection of Defective Members of Large Populations,
 * 1943.
 */

/** Members are known by keyed hashes of who they are. */
export interface Trial {
  /** Groups that are tried one after another. Whoever was in a good sum since is in none. */
  suspects: string[][];
  /** Who alone was a suspect in a sum that was spoiled, and until when no report of theirs counts. */
  leftOut: { sender: string; untilMs: number }[];
}

export const NO_TRIAL: Trial = { suspects: [], leftOut: [] };

const PARTS = 3;
/** A device may have been at fault, not its owner; and whoever goes on is found again. */
const LEFT_OUT_MS = 30 * 86_400_000;

export function isLeftOut({ leftOut }: Trial, sender: string, atMs: number): boolean {
  return leftOut.some((one) => one.sender === sender && atMs < one.untilMs);
}

/** Suspects that are among the members of a sum, and those that are not, in their groups. */
function parted({ suspects }: Trial, isAmong: (sender: string) => boolean) {
  const groups = (keep: (sender: string) => boolean) =>
    suspects.map((group) => group.filter(keep)).filter((group) => group.length > 0);
  return { among: groups(isAmong), others: groups((sender) => !isAmong(sender)) };
}

/**
 * Whose reports a sum goes on without: who is left out, and all suspects but the first group. Where that
 * leaves fewer than `membersMin`, more suspects are in it.
 */
export function setAside(
  trial: Trial,
  senders: readonly string[],
  membersMin: number,
  atMs: number,
): Set<string> {
  const out = senders.filter((sender) => isLeftOut(trial, sender, atMs));
  const present = new Set(senders).difference(new Set(out));
  const { among } = parted(trial, (sender) => present.has(sender));
  const suspects = among.flat();
  const cleared = present.size - suspects.length;
  const tried = Math.max(among[0]?.length ?? 0, membersMin - cleared);
  return new Set([...out, ...suspects.slice(tried)]);
}

/** What is known after a sum of these members: it was good, or it was spoiled. */
export function afterSum(trial: Trial, senders: readonly string[], isGood: boolean, atMs: number): Trial {
  const present = new Set(senders);
  const { among, others } = parted(trial, (sender) => present.has(sender));
  const leftOut = trial.leftOut.filter(({ untilMs }) => atMs < untilMs);
  if (isGood) return { suspects: others, leftOut };
  const blamed = among.length > 0 ? among.flat() : senders;
  if (blamed.length === 1)
    return { suspects: others, leftOut: [...leftOut, { sender: blamed[0], untilMs: atMs + LEFT_OUT_MS }] };
  const size = Math.ceil(blamed.length / PARTS);
  const parts = Array.from({ length: PARTS }, (_, n) => blamed.slice(n * size, (n + 1) * size));
  return { suspects: [...others, ...parts.filter((part) => part.length > 0)], leftOut };
}
