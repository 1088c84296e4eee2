// Programs that scripts run: each in a process group of its own, so that stopping one stops its children.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export type ChildOptions = { env?: NodeJS.ProcessEnv; cwd?: string; timeoutMs?: number };
export type ChildResult = { code: number | null; output: string; timedOut: boolean };

const STOP_GRACE_MS = 5_000;
const running = new Set<ChildProcess>();

/** Starts `command`, its output collected: `output()` is what it has printed so far. */
export function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
) {
  const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"], detached: true });
  running.add(child);
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.once("error", (error) => collect(Buffer.from(String(error))));
  child.once("close", () => running.delete(child));
  return { child, output: () => output };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Asks the whole group to end, and after a while makes it. */
export async function stop(child: ChildProcess): Promise<void> {
  const closed = running.has(child) ? once(child, "close") : undefined;
  signal(child, "SIGTERM");
  const timer = setTimeout(() => signal(child, "SIGKILL"), STOP_GRACE_MS);
  await closed;
  clearTimeout(timer);
}

/** Runs `command` to its end, or to the end of `timeoutMs`. */
export async function run(
  command: string,
  args: readonly string[],
  { env, cwd, timeoutMs = 120_000 }: ChildOptions = {},
): Promise<ChildResult> {
  const { child, output } = start(command, args, env, cwd);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void stop(child);
  }, timeoutMs);
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  clearTimeout(timer);
  return { code, output: output(), timedOut };
}

// Ctrl-C reaches only this process, the children being in groups of their own.
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    for (const child of running) signal(child, "SIGTERM");
    process.exit(1);
  });
}
