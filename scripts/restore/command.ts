/** All tables of a deployed stack go back to one second, under their names. docs/runbook.md tells when. */
import { reachDeployedStack } from "../ops/stack.ts";
import { restoreTables, setTraffic } from "./aws.ts";
import { recover, tablesOf, tell } from "./recover.ts";

export interface RestoreOptions {
  stage: string;
  /** A time that is past, with a zone. */
  to: string;
  region?: string;
  /** Tables that stay as they are, with commas between. */
  keep: string;
  /** Without it nothing is done but told. */
  yes: boolean;
}

const GOES_ON =
  "If functions stand still by now, the same command goes on from here, and wakes them at its end.";

function timeOf(to: string): number {
  const toMs = Date.parse(to);
  if (!/\dT.*(Z|[+-]\d\d:\d\d)$/.test(to) || Number.isNaN(toMs) || toMs > Date.now())
    throw new Error(`--to ${to} is not a time that is past, with a zone: 2026-11-20T10:00:00Z`);
  return toMs;
}

export async function restore({ stage, to, region, keep, yes }: RestoreOptions): Promise<void> {
  const toMs = timeOf(to);
  const { functions, lambda } = await reachDeployedStack(stage, region);
  const all = tablesOf(process.env);
  const tables = all.filter((table) => !keep.split(",").includes(table));
  console.log(
    `${tables.length} of ${all.length} tables of ${stage} go back to ${new Date(toMs).toISOString()}:`,
  );
  for (const table of tables) console.log(`  ${table}`);
  console.log(`${functions.length} functions stand still meanwhile. What was written since is lost.`);
  if (!yes) return console.log("Nothing is done without --yes");
  try {
    await setTraffic(lambda, functions, false);
    const copies = await restoreTables(tables, toMs, console.log);
    const recoveries = await recover(copies, toMs, console.log);
    for (const line of recoveries.flatMap(tell)) console.log(line);
    await setTraffic(lambda, functions, true);
    console.log(`Done. Once all is well, delete the restored tables: ${[...copies.values()].join(" ")}`);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${GOES_ON}`, { cause: error });
  }
}
