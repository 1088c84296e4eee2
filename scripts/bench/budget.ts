/**
 * Runs the engine for a number of CPU seconds: the engine itself knows only evaluations, so two short runs first tell how
 * many of them fit.
 */
import { assignGroups } from "../../src/domain/assignment/assign-groups.ts";
import type {
  Assignment,
  AssignmentOptions,
  AssignmentProblem,
} from "../../src/domain/assignment/problem.ts";

export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export interface TimedAssignment extends Assignment {
  cpuSeconds: number;
}

const PILOT_SHARES = [0.005, 0.02];
const EVALUATIONS_PER_SECOND_GUESS = 10_000_000;
/** More than fits: the time that is gone does the cooling, evaluations only bound it. */
const FILL = 1.5;

/** Returns the engine's answer for `seconds` of CPU time, and what it took. */
export function assignForSeconds(
  problem: AssignmentProblem,
  options: Omit<AssignmentOptions, "evaluationsMax">,
  seconds: number,
): TimedAssignment {
  const [few, more] = PILOT_SHARES.map((share) => {
    const evaluationsMax = Math.ceil(share * seconds * EVALUATIONS_PER_SECOND_GUESS);
    return { evaluationsMax, cpuSeconds: timed(problem, { ...options, evaluationsMax }).cpuSeconds };
  });
  const slope = (more.cpuSeconds - few.cpuSeconds) / (more.evaluationsMax - few.evaluationsMax);
  const overhead = Math.max(0, few.cpuSeconds - slope * few.evaluationsMax);
  const fitting = (seconds * FILL - overhead) / Math.max(slope, 2e-9);
  const started = cpuSeconds();
  const progress = () => (cpuSeconds() - started) / seconds;
  return timed(problem, { ...options, progress, evaluationsMax: Math.max(more.evaluationsMax, fitting) });
}

function timed(problem: AssignmentProblem, options: AssignmentOptions): TimedAssignment {
  const started = cpuSeconds();
  const assignment = assignGroups(problem, {
    ...options,
    evaluationsMax: Math.floor(options.evaluationsMax),
  });
  return { ...assignment, cpuSeconds: cpuSeconds() - started };
}
