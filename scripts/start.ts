/**
 * `npm start -- --port N --data-dir DIR --param name=value --demo`: the whole system on this machine, until a
 * signal. With `--helper` it is the helper of secure sums, the second system, of helper/serverless.yml.
 */
import { fileURLToPath } from "node:url";
import { inspect, parseArgs } from "node:util";
import { buildWeb } from "./build-web.ts";
import { fillLive, LIVE_PARAMS } from "./demo/live.ts";
import { type LocalSystemOptions, startLocalSystem } from "./local/system.ts";

// npm passes on a signal that the terminal has sent us already: within this time two count as one.
const sameSignalMs = 500;

inspect.defaultOptions.breakLength = Number.POSITIVE_INFINITY; // handlers log objects; each gets one line

const log = (line: string) => console.error(line);

const helperTemplate = fileURLToPath(new URL("../helper/serverless.yml", import.meta.url));
const LEADER_PORT = 3000;
const HELPER_PORT = 3001;

interface Options extends Pick<LocalSystemOptions, "port" | "dataDir" | "params"> {
  isHelper: boolean;
  /** Filled with people, to look at. */
  isDemo: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      "data-dir": { type: "string" },
      helper: { type: "boolean", default: false },
      demo: { type: "boolean", default: false },
      param: { type: "string", multiple: true, default: [] },
    },
  });
  const { helper: isHelper, demo: isDemo } = values;
  const port = Number(values.port ?? (isHelper ? HELPER_PORT : LEADER_PORT));
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port`);
  if (isHelper && isDemo) throw new Error("--helper has nobody to show: --demo goes without it");
  const unnamed = values.param.find((given) => !/^[^=]+=/.test(given));
  if (unnamed !== undefined) throw new Error(`--param ${unnamed} is not name=value`);
  const params = Object.fromEntries(values.param.map((given) => given.split(/=(.*)/s).slice(0, 2)));
  return { port, dataDir: values["data-dir"], params, isHelper, isDemo };
}

/** One line, whatever went wrong. */
function reasonOf(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") return `port ${port} is taken; choose another with --port`;
  return String(message ?? error).split("\n")[0];
}

try {
  const { port, dataDir, params, isHelper, isDemo } = readOptions();
  if (isDemo) process.env.AWS_LAMBDA_LOG_LEVEL ??= "WARN";
  if (!isHelper) await buildWeb();
  const system = await startLocalSystem({
    ...{ port, dataDir, log },
    template: isHelper ? helperTemplate : undefined,
    params: isDemo ? { ...LIVE_PARAMS, ...params } : params,
  });
  console.log(`listening on ${system.url}`);
  if (!isHelper) console.log(`console: ${system.url}/`);
  console.log(`token: curl -s ${system.url}/dev/token -d '{"sub":"ana","scope":"operator"}'`);
  let stoppingSince: number | undefined;
  const stop = async () => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameSignalMs) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    await system.stop();
    process.exit(0);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  if (isDemo) console.log(`demo: ${await fillLive(system, log)}`);
  // In Lambda this ends one instance of one function, not the system.
  process.on("unhandledRejection", (reason) => log(`a handler left a promise rejected: ${String(reason)}`));
} catch (error) {
  log(`npm start: ${reasonOf(error)}`);
  process.exit(1);
}
