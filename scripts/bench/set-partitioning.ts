/**
 * The proven optimum of a small problem by HiGHS, an independent solver: each possible group is a column.
 */

import { scoreOfPair } from "../../src/domain/assignment/pairs/pair-weight.ts";
import type { AssignmentProblem } from "../../src/domain/assignment/problem.ts";
import { balancedGroupSizes } from "../../src/domain/assignment/sizes.ts";

interface Solver {
  solve(model: string, options: { time_limit: number }): { Status: string; ObjectiveValue: number };
}

/** More possible groups than this keep the solver busy for minutes. */
const COLUMNS_MAX = 11_000;
const SECONDS_MAX = 120;

/** Returns the optimum, or undefined if there are too many possible groups or the package `highs` is not installed. */
export async function provenOptimum(problem: AssignmentProblem): Promise<number | undefined> {
  const packageName = "highs";
  const loaded = await import(packageName).catch(() => undefined);
  if (!loaded) return undefined;
  const model = linearProgram(problem);
  if (!model) return undefined;
  const solver: Solver = await loaded.default();
  const solution = solver.solve(model, { time_limit: SECONDS_MAX });
  return solution.Status === "Optimal" ? solution.ObjectiveValue : undefined;
}

/** In CPLEX LP format. */
function linearProgram(problem: AssignmentProblem): string | undefined {
  const { size } = problem.affinity;
  const score = scoreOfPair(problem);
  const sizes = balancedGroupSizes(size, problem.groupSize, problem);
  const covering: string[][] = Array.from({ length: size }, () => []);
  const objective: string[] = [];
  const names: string[] = [];
  const addGroups = (groupSize: number, chosen: number[], value: number) => {
    if (chosen.length < groupSize) {
      for (let person = (chosen.at(-1) ?? -1) + 1; person < size; person++)
        addGroups(
          groupSize,
          [...chosen, person],
          chosen.reduce((sum, other) => sum + score(other, person), value),
        );
      return;
    }
    const name = `z${names.length}`;
    names.push(name);
    objective.push(`${value < 0 ? "-" : "+"} ${Math.abs(value).toFixed(6)} ${name}`);
    for (const person of chosen) covering[person].push(name);
  };
  for (const groupSize of new Set(sizes)) addGroups(groupSize, [], 0);
  if (names.length > COLUMNS_MAX) return undefined;
  const persons = covering.map((columns, i) => `p${i}: ${columns.join("\n + ")} = 1`);
  const count = `count: ${names.join("\n + ")} = ${sizes.length}`;
  return `Maximize\nobj: ${objective.join("\n")}\nSubject To\n${[...persons, count].join("\n")}\nBinary\n${names.join("\n")}\nEnd\n`;
}
