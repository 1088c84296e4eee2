/** `npm start -- --port N --data-dir DIR --demo`: the whole system on this machine, until a signal. */
import { inspect, parseArgs } from "node:util";
import { buildWeb } from "./build-web.ts";
import { fillLive, LIVE_PARAMS } from "./demo/live.ts";
import { startLocalSystem } from "./local/system.ts";

// npm passes on a signal that the terminal has sent us already: within this time two count as one.
const sameSignalMs = 500;

inspect.defaultOptions.breakLength = Number.POSITIVE_INFINITY; // handlers log objects; each gets one line

const log = (line: string) => console.error(line);

interface Options {
  port: number;
  dataDir?: string;
  /** Filled with people, to look at. */
  isDemo: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { port: { type: "string" }, "data-dir": { type: "string" }, demo: { type: "boolean" } },
  });
  const port = Number(values.port ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port`);
  return { port, dataDir: values["data-dir"], isDemo: values.demo ?? false };
}

/** One line, whatever went wrong. */
function reasonOf(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") return `port ${port} is taken; choose another with --port`;
  return String(message ?? error).split("\n")[0];
}

try {
  const { port, dataDir, isDemo } = readOptions();
  if (isDemo) process.env.AWS_LAMBDA_LOG_LEVEL ??= "WARN";
  await buildWeb();
  const system = await startLocalSystem({ port, dataDir, params: isDemo ? LIVE_PARAMS : {}, log });
  console.log(`listening on ${system.url}`);
  console.log(`console: ${system.url}/`);
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
