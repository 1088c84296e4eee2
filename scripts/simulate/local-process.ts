/** The local system as a process of its own, `npm start`'s, that can be killed and started again in its directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Violation } from "../../tests/simulation/ledger.ts";

const START = fileURLToPath(new URL("../start.ts", import.meta.url));
const LISTENING = "listening on ";
const LINES_KEPT = 20;

export class LocalProcess {
  url = "";
  private readonly dataDir = mkdtempSync(join(tmpdir(), "simulate-"));
  private child: ChildProcess | null = null;
  /** The last that it said, for whoever looks for the reason of an end. */
  private said: string[] = [];

  get pid(): number {
    return this.child!.pid!;
  }

  /** Starts it, after the first time on the port that it had. */
  async start(): Promise<void> {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    const child = spawn(process.execPath, [START, "--port", port, "--data-dir", this.dataDir]);
    this.child = child;
    this.said = [];
    this.url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface(stream).on("line", (line) => {
          if (line.startsWith(LISTENING)) resolve(line.slice(LISTENING.length));
          this.said.push(line);
          if (this.said.length > LINES_KEPT) this.said.shift();
        });
      child.once("exit", () => reject(new Violation(`the system did not start: ${this.said.join(" ")}`)));
    });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const ended = once(this.child!, "exit");
    this.child!.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async token(sub: string, scope?: string): Promise<string> {
    const body = JSON.stringify({ sub, scope });
    const answer = await fetch(`${this.url}/dev/token`, { method: "POST", body });
    return ((await answer.json()) as { token: string }).token;
  }
}
