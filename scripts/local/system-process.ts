/** `npm start` as a process of its own: process.env belongs to one system a process. It can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START = fileURLToPath(new URL("../start.ts", import.meta.url));
const LISTENING = "listening on ";
const LINES_KEPT = 20;

export class SystemProcess {
  readonly url: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.child = child;
    this.url = url;
  }

  /** Resolves once it listens; rejects with the last that it said. */
  static async start(args: readonly string[], env = process.env): Promise<SystemProcess> {
    const child = spawn(process.execPath, [START, ...args], { env });
    const said: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface(stream).on("line", (line) => {
          if (line.startsWith(LISTENING)) resolve(line.slice(LISTENING.length));
          said.push(line);
          if (said.length > LINES_KEPT) said.shift();
        });
      child.once("exit", () => reject(new Error(`the system did not start: ${said.join(" ")}`)));
    });
    return new SystemProcess(child, url);
  }

  async token(claims: { sub: string; scope?: string; audience?: string }): Promise<string> {
    const answer = await fetch(`${this.url}/dev/token`, { method: "POST", body: JSON.stringify(claims) });
    return ((await answer.json()) as { token: string }).token;
  }

  /** By default as `kill` does: it finishes what it has begun. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill(signal);
    await ended;
  }
}
