/** One line of the bench. */
export interface BenchResult {
  case: string;
  instance: string;
  seed: number;
  cpuSeconds: number;
  value: number;
  /** The best figure published or measured for a peer; null where nobody reports one. */
  reference: number | null;
  goal: number | null;
  met: boolean | null;
}

export interface BenchOptions {
  seed: number;
  seconds?: number;
  mdgplib?: string;
  /** Take every so many-th instance of a case that has many. */
  every?: number;
}

/** Fills in whether the goal was met; repeats are better when lower. */
export function result(line: Omit<BenchResult, "met">, better: "higher" | "lower" = "higher"): BenchResult {
  const { value, goal } = line;
  if (goal === null) return { ...line, met: null };
  return { ...line, met: better === "higher" ? value >= goal : value <= goal };
}
