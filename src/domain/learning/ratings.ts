/**
 * A hosted member's ratings. Each is kept under its id, so that it is stored once however often it comes; of those about one
 * item the latest counts.
 */
export interface Rating {
  /** UUIDv7 */
  id: string;
  /** Of the item rated. */
  row: number;
  /** Above 0 a liking, below 0 an aversion, its size the strength; 0 takes a rating back. */
  value: number;
  occurredAtMs: number;
}

/** What new ratings do to those that are stored. */
export interface FoldedRatings {
  /** New by their ids. */
  added: Rating[];
  /** Counted until now and no longer do. */
  replaced: Rating[];
  /** What counts from now on, rows ascending. */
  current: Rating[];
}

/** Of two ratings of one item the one that happened later counts; of one moment, the one with the greater id. */
function isLater(rating: Rating, other: Rating): boolean {
  if (rating.occurredAtMs !== other.occurredAtMs) return rating.occurredAtMs > other.occurredAtMs;
  return rating.id > other.id;
}

/** The rating of each row that counts, rows ascending. */
export function currentRatings<R extends Rating>(ratings: readonly R[]): R[] {
  const byRow = new Map<number, R>();
  for (const rating of ratings) {
    const other = byRow.get(rating.row);
    if (!other || isLater(rating, other)) byRow.set(rating.row, rating);
  }
  return [...byRow.values()].sort((a, b) => a.row - b.row);
}

/** Adds ratings to the stored ones. The order in which they come, and how often, makes no difference. */
export function foldRatings(stored: readonly Rating[], incoming: readonly Rating[]): FoldedRatings {
  const known = new Set(stored.map((rating) => rating.id));
  const added: Rating[] = [];
  for (const rating of incoming) {
    if (known.has(rating.id)) continue;
    known.add(rating.id);
    added.push(rating);
  }
  const current = currentRatings([...stored, ...added]);
  const counts = new Set(current.map((rating) => rating.id));
  const replaced = currentRatings(stored).filter((rating) => !counts.has(rating.id));
  return { added, replaced, current };
}
