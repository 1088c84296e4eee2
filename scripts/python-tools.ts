// Python programs of the tests (MiniStack, cfn-lint, schemathesis), pinned, each set in a virtual environment of its own.
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./child-process.ts";

const CACHE = join(import.meta.dirname, "../node_modules/.cache");

/** An environment that stands ready, or why this machine cannot have one: it has no Python, or no pip. */
export type PythonTools = { bin: string } | { unavailable: string };

/** Makes the environment `name`, once, and installs what `requirements` pins, unless it stands there already. */
export async function pythonTools(name: string, requirements: string): Promise<PythonTools> {
  const home = join(CACHE, name);
  const bin = join(home, "bin");
  const unavailable = await createEnvironment(home, join(bin, "python"));
  if (unavailable) return { unavailable };
  const installed = join(home, "installed.txt");
  const wanted = await readFile(requirements, "utf8");
  if ((await readFile(installed, "utf8").catch(() => "")) !== wanted) {
    const flags = ["-m", "pip", "install", "--quiet", "--requirement", requirements];
    const pip = await run(join(bin, "python"), flags, { timeoutMs: 300_000 });
    if (pip.code !== 0) throw new Error(`pip install failed:\n${pip.output}`);
    await copyFile(requirements, installed);
  }
  return { bin };
}

async function createEnvironment(home: string, python: string): Promise<string | undefined> {
  if ((await run(python, ["-m", "pip", "--version"])).code === 0) return undefined;
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const failures = new Set<string>();
  // Debian's python3 lacks ensurepip until python3-venv is installed; virtualenv brings its own pip.
  for (const tool of ["venv", "virtualenv"]) {
    const { code, output } = await run("python3", ["-m", tool, home]);
    if (code === 0) return undefined;
    failures.add(output.trim().split("\n")[0]);
  }
  return [...failures].join("; ");
}
