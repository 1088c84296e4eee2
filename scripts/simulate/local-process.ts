/** The local system on a directory of its own, where it can be killed and started again. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Violation } from "../../tests/simulation/ledger.ts";
import { SystemProcess } from "../local/system-process.ts";

export class LocalProcess {
  url = "";
  private readonly dataDir = mkdtempSync(join(tmpdir(), "simulate-"));
  private process: Promise<SystemProcess> | null = null;

  /** Starts it, after the first time on the port that it had. */
  async start(): Promise<void> {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    this.process = SystemProcess.start(["--port", port, "--data-dir", this.dataDir]);
    const { url } = await this.process.catch((error: Error) => {
      throw new Violation(error.message);
    });
    this.url = url;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await (await this.process!).end("SIGKILL");
  }

  async stop(): Promise<void> {
    const started = await this.process?.catch(() => null);
    await started?.end();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async token(sub: string, scope?: string): Promise<string> {
    return (await this.process!).token({ sub, scope });
  }
}
