/** `npm start -- --port N --data-dir DIR`: the whole system on this machine, until a signal. */
import { inspect, parseArgs } from "node:util";
import { startLocalSystem } from "./local/system.ts";

// npm passes on a signal that the terminal has sent us already: within this time two count as one.
const sameSignalMs = 500;

inspect.defaultOptions.breakLength = Number.POSITIVE_INFINITY; // handlers log objects; each gets one line

const log = (line: string) => console.error(line);

function readOptions(): { port: number; dataDir?: string } {
  const { values } = parseArgs({ options: { port: { type: "string" }, "data-dir": { type: "string" } } });
  const port = Number(values.port ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${values.port} is no port`);
  return { port, dataDir: values["data-dir"] };
}

/** One line, whatever went wrong. */
function reasonOf(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") return `port ${port} is taken; choose another with --port`;
  return String(message ?? error).split("\n")[0];
}

try {
  const system = await startLocalSystem({ ...readOptions(), log });
  console.log(`listening on ${system.url}`);
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
  // In Lambda this ends one instance of one function, not the system.
  process.on("unhandledRejection", (reason) => log(`a handler left a promise rejected: ${String(reason)}`));
} catch (error) {
  log(`npm start: ${reasonOf(error)}`);
  process.exit(1);
}
