/**
 * Runs the engine for a number of CPU seconds of this process.
 */
import { assignGroups } from "../../src/domain/assignment/assign-groups.ts";
import type { AssignmentOptions, AssignmentProblem, Partition } from "../../src/domain/assignment/problem.ts";

export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export interface TimedPartition extends Partition {
  cpuSeconds: number;
}

/** More than any search of the engine makes, so that the time that is gone does the cooling. */
const EVALUATIONS_PER_SECOND_MAX = 1e9;

/** Returns the engine's answer for `seconds` of CPU time, and what it took. */
export function assignForSeconds(
  problem: AssignmentProblem,
  options: Omit<AssignmentOptions, "evaluationsMax">,
  seconds: number,
): TimedPartition {
  const started = cpuSeconds();
  const progress = () => (cpuSeconds() - started) / seconds;
  const evaluationsMax = seconds * EVALUATIONS_PER_SECOND_MAX;
  const assignment = assignGroups(problem, { ...options, progress, evaluationsMax });
  return { ...assignment, cpuSeconds: cpuSeconds() - started };
}
