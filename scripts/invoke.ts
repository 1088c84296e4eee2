/**
 * `npm run invoke -- FUNCTION --event FILE`: runs one function of serverless.yml on a captured event, in this
 * process, so that a debugger can follow it. With --url it works on the stores of the local system that runs
 * there; without, on empty ones that end with it. tests/fixtures/events has events as AWS sends them.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { localFunction } from "./local/functions.ts";
import { startLocalSystem } from "./local/system.ts";
import { readTemplate } from "./local/template/template.ts";
import { reachLocalSystem, repository, serverlessYml } from "./ops/stack.ts";

const USAGE = "npm run invoke -- FUNCTION --event FILE [--url URL]";

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    options: { event: { type: "string" }, url: { type: "string" } },
    allowPositionals: true,
  });
  const [name] = positionals;
  if (positionals.length !== 1 || !values.event) throw new Error(USAGE);
  const template = readTemplate(serverlessYml);
  if (!template.functions[name])
    throw new Error(`there is no function ${name}, but ${Object.keys(template.functions).join(", ")}`);
  const event = JSON.parse(readFileSync(values.event, "utf8"));
  const system = values.url ? undefined : await startLocalSystem();
  if (values.url) await reachLocalSystem(values.url);
  const activity = { started: 0, running: 0 };
  const run = localFunction(name, { template, root: repository, activity, log: console.error });
  try {
    console.log(JSON.stringify(await run.invoke(event), null, 2));
  } finally {
    await system?.stop();
  }
}

try {
  await main();
  process.exit(0); // the handler's clients keep their connections
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
