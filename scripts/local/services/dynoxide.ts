/**
 * The database's program for this machine. `npm ci` brings the one for Linux on x64, as not every registry has the others; where it
 * is missing, npm fetches the same version of this platform's package once: https://github.com/nubo-db/dynoxide
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
// Of a registry that cannot be reached npm is sure after 10 s, not after 2 minutes.
const npmFlags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--fetch-retries=1"];

export interface Machine {
  platform: string;
  arch: string;
  /** Where fetched programs are kept. */
  cacheDir: string;
  /** npm's. */
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

const thisMachine: Machine = {
  platform: process.platform,
  arch: process.arch,
  cacheDir: join(repository, "node_modules/.cache/tertulia"),
  env: process.env,
  say: console.error,
};

/** Path of the program; fetches it where it is not installed. Rejects with what the user can do where that fails. */
export async function dynoxideProgram(machine: Machine = thisMachine): Promise<string> {
  const { platform, arch, cacheDir, env, say } = machine;
  if (platform === "win32") throw new Error("The local system does not run on Windows itself: use it in WSL");
  const name = `@dynoxide/${platform}-${arch}`;
  const installed = installedProgram(name);
  if (installed) return installed;
  const version = versionWanted();
  const kept = join(cacheDir, `dynoxide-${version}-${platform}-${arch}`);
  if (existsSync(kept)) return kept;
  say(`No ${name} is installed: npm fetches version ${version} of it, once`);
  try {
    mkdirSync(cacheDir, { recursive: true });
    await fetchProgram(name, version, kept, env);
    return kept;
  } catch (error) {
    throw new Error(
      `npm could not fetch ${name}: ${reasonOf(error)}. Try "npm install --no-save ${name}@${version}", or set ` +
        "TERTULIA_DYNAMODB_URL to a DynamoDB-compatible endpoint, such as DynamoDB Local's",
    );
  }
}

function installedProgram(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${name}/dynoxide`);
  } catch {
    return undefined;
  }
}

/** All platforms' packages have the version of the one in package.json. */
function versionWanted(): string {
  const { optionalDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  return optionalDependencies["@dynoxide/linux-x64"];
}

/** Installs into a directory of its own and moves the program at once, so that two processes do not disturb each other. */
async function fetchProgram(
  name: string,
  version: string,
  to: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const dir = mkdtempSync(`${to}-`);
  try {
    const install = ["install", "--prefix", dir, ...npmFlags, `${name}@${version}`];
    await promisify(execFile)("npm", install, { env });
    renameSync(join(dir, "node_modules", name, "dynoxide"), to);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** npm's own words on the error, which stand first among them, without its prefix. */
function reasonOf(error: unknown): string {
  const { stderr = "", message } = error as Error & { stderr?: string };
  const said = stderr.match(/^npm (?:error|ERR!) (?!code)(.*)$/m)?.[1];
  return said ?? message.split("\n")[0];
}
