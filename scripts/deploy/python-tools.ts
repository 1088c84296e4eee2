// The Python programs of the deployment test (MiniStack, cfn-lint), pinned, in a virtual environment of their own.
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./child-process.ts";

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
const HOME = join(import.meta.dirname, "../../node_modules/.cache/python-tools");
const INSTALLED = join(HOME, "installed.txt");
const PYTHON = join(HOME, "bin/python");

export type PythonTools = { python: string; cfnLint: string };

/** Makes the environment, once; or says why this machine cannot: it has no Python, or no pip. */
export async function createPythonEnvironment(): Promise<string | undefined> {
  if ((await run(PYTHON, ["-m", "pip", "--version"])).code === 0) return undefined;
  await rm(HOME, { recursive: true, force: true });
  await mkdir(HOME, { recursive: true });
  const failures = new Set<string>();
  // Debian's python3 lacks ensurepip until python3-venv is installed; virtualenv brings its own pip.
  for (const tool of ["venv", "virtualenv"]) {
    const { code, output } = await run("python3", ["-m", tool, HOME]);
    if (code === 0) return undefined;
    failures.add(output.trim().split("\n")[0]);
  }
  return [...failures].join("; ");
}

/** Installs what requirements.txt pins, unless it stands there already. */
export async function installPythonTools(): Promise<PythonTools> {
  const wanted = await readFile(REQUIREMENTS, "utf8");
  if ((await readFile(INSTALLED, "utf8").catch(() => "")) !== wanted) {
    const pip = await run(PYTHON, ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], {
      timeoutMs: 300_000,
    });
    if (pip.code !== 0) throw new Error(`pip install failed:\n${pip.output}`);
    await copyFile(REQUIREMENTS, INSTALLED);
  }
  return { python: PYTHON, cfnLint: join(HOME, "bin/cfn-lint") };
}
