/**
 * The seeded simulations, on the embedded stores: of the exactly-once promise, of memberships, of secure
 * sums.
 */
import { simulateMemberships } from "../../tests/simulation/simulate-memberships.ts";
import { simulateSecure } from "../../tests/simulation/simulate-secure.ts";
import { simulateSeed } from "../../tests/simulation/simulate-seed.ts";
import { startSimulatedStores } from "./simulated-stores.ts";

const CAMPAIGNS = { gradients: simulateSeed, memberships: simulateMemberships, secure: simulateSecure };

export interface SeedRange {
  first: number;
  seeds: number;
  isTraced: boolean;
  campaign: keyof typeof CAMPAIGNS;
}

/** Runs each seed; a failure prints its seed. Answers whether none failed. */
export async function runSeeds({ first, seeds, isTraced, campaign }: SeedRange): Promise<boolean> {
  const simulate = CAMPAIGNS[campaign];
  const startedMs = performance.now();
  const stores = await startSimulatedStores();
  const total = { gradients: 0, commits: 0, failures: 0 };
  for (let seed = first; seed < first + seeds; seed++) {
    const { violation, trace, gradients, commits } = await simulate(seed);
    total.gradients += gradients;
    total.commits += commits;
    if (isTraced) for (const line of trace) console.log(line);
    if (!violation) continue;
    total.failures++;
    console.log(`seed ${seed}: ${violation.message}`);
    const option = campaign === "gradients" ? "" : `--${campaign} `;
    console.log(`again: npm run simulate -- ${option}--seed ${seed} --trace`);
  }
  await stores.stop();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `${seeds} seeds, ${total.failures} failed; ${total.gradients} gradients, ${total.commits} commits, ${seconds} s`,
  );
  return total.failures === 0;
}
