/**
 * `npm run restore -- --stage prod --to 2026-11-20T10:00:00Z --yes`: all tables of a deployed stack go back to one second,
 * under the names that they have. Without --yes it says what it would do. docs/runbook.md tells when, and what comes after.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readTemplate } from "./local/template/template.ts";
import { readEnvironment, restoreTables, setTraffic } from "./restore/aws.ts";
import { recover, tablesOf, tell } from "./restore/recover.ts";

const USAGE = "npm run restore -- --stage STAGE --to TIME [--region REGION] [--keep TABLE,..] [--yes]";

function readOptions() {
  const { values } = parseArgs({
    options: {
      stage: { type: "string" },
      to: { type: "string" },
      region: { type: "string" },
      keep: { type: "string", default: "" },
      yes: { type: "boolean", default: false },
    },
  });
  const { stage, to = "", region, keep, yes } = values;
  const toMs = Date.parse(to);
  if (!stage || !/\dT.*(Z|[+-]\d\d:\d\d)$/.test(to) || Number.isNaN(toMs) || toMs > Date.now())
    throw new Error(`${USAGE}\nTIME is past, and has a zone: 2026-11-20T10:00:00Z`);
  return { stage, toMs, region, keep: keep.split(","), yes };
}

async function main(): Promise<void> {
  const { stage, toMs, region: asked, keep, yes } = readOptions();
  const file = join(dirname(fileURLToPath(import.meta.url)), "../serverless.yml");
  const template = readTemplate(file);
  const region = asked ?? template.provider.region;
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    if (!process.env[name])
      throw new Error(`${name} is not set: eval "$(aws configure export-credentials --format env)"`);
  const functions = Object.keys(template.functions).map((name) => `${template.service}-${stage}-${name}`);
  const sweep = functions.find((name) => name.endsWith("-sweep-objects"))!;
  Object.assign(process.env, await readEnvironment(region, sweep), { AWS_REGION: region });
  const all = tablesOf(process.env);
  const tables = all.filter((table) => !keep.includes(table));
  console.log(
    `${tables.length} of ${all.length} tables of ${stage} go back to ${new Date(toMs).toISOString()}:`,
  );
  for (const table of tables) console.log(`  ${table}`);
  console.log(`${functions.length} functions stand still meanwhile. What was written since is lost.`);
  if (!yes) return console.log("Nothing is done without --yes");
  await setTraffic(region, functions, false);
  const copies = await restoreTables(tables, toMs, console.log);
  const recoveries = await recover(copies, toMs, console.log);
  for (const line of recoveries.flatMap(tell)) console.log(line);
  await setTraffic(region, functions, true);
  console.log(`Done. Once all is well, delete the restored tables: ${[...copies.values()].join(" ")}`);
}

await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(
    "If functions stand still by now, the same command goes on from here, and wakes them at its end.",
  );
  process.exitCode = 1;
});
