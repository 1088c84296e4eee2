/** Members who join and content items that are added race for a community's next row; each race has one winner. */
import { Problem } from "../../domain/errors.ts";
import { COMMIT_ATTEMPTS_MAX, rowsMax } from "../../domain/limits.ts";
import type { Head } from "../../infra/head-store.ts";
import { retry } from "../../infra/retry.ts";

/** Every row given is a race: more attempts than a commit needs. */
const ATTEMPTS_MAX = 4 * COMMIT_ATTEMPTS_MAX;

/** Makes attempts until one has an answer; null is a lost race. */
export async function raceForRow<Result>(attempt: () => Promise<Result | null>): Promise<Result> {
  const answer = await retry(attempt, { attemptsMax: ATTEMPTS_MAX });
  if (answer) return answer;
  throw new Problem("try-again", "Too many are joining at once.", { retryAfterSeconds: 1 });
}

export function requireFreeRow({ rowCount, settings }: Head): void {
  if (rowCount >= rowsMax(settings.factors)) {
    throw new Problem("community-full", `The community has used all of its ${rowCount} rows.`);
  }
}
