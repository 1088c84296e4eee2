/** The helper of secure sums as a process of its own, `npm start -- --helper`'s: process.env belongs to one system a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START = fileURLToPath(new URL("../../scripts/start.ts", import.meta.url));
const LISTENING = "listening on ";

export interface HelperProcess {
  url: string;
  token(sub: string, audience?: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startHelper(params: Record<string, string | number>, port = 0): Promise<HelperProcess> {
  const given = Object.entries(params).flatMap(([name, value]) => ["--param", `${name}=${value}`]);
  const env = { ...process.env, AWS_LAMBDA_LOG_LEVEL: "WARN" };
  const child: ChildProcess = spawn(process.execPath, [START, "--helper", "--port", String(port), ...given], {
    env,
  });
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!])
      createInterface(stream).on("line", (line) => {
        said.push(line);
        if (line.startsWith(LISTENING)) resolve(line.slice(LISTENING.length));
      });
    child.once("exit", () => reject(new Error(`the helper did not start: ${said.join(" ")}`)));
  });
  return {
    url,
    async token(sub, audience) {
      const body = JSON.stringify({ sub, audience });
      const answer = await fetch(`${url}/dev/token`, { method: "POST", body });
      return ((await answer.json()) as { token: string }).token;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
