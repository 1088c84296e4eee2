/** npm is the real one; its registry is a server of this file, whose package for another platform holds this machine's program. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { dynoxideProgram } from "../../../scripts/local/services/dynoxide.ts";

const { optionalDependencies } = createRequire(import.meta.url)("../../../package.json");
const version: string = optionalDependencies["@dynoxide/linux-x64"];
const name = "@dynoxide/plan9-arm64";
const dir = mkdtempSync(join(tmpdir(), "dynoxide-"));

const env: NodeJS.ProcessEnv = { ...process.env, npm_config_cache: join(dir, "npm") };
let registry: Server;
/** Requests to the registry; the lines that were said. */
let [asked, said]: [string[], string[]] = [[], []];
let cacheDir: string;

/** As `npm pack` makes it. */
function packed(program: string): Buffer {
  const source = join(dir, "package");
  mkdirSync(source);
  writeFileSync(join(source, "package.json"), JSON.stringify({ name, version }));
  copyFileSync(program, join(source, "dynoxide"));
  execFileSync("tar", ["-czf", "package.tgz", "package"], { cwd: dir });
  return readFileSync(join(dir, "package.tgz"));
}

beforeAll(async () => {
  const tarball = packed(await dynoxideProgram());
  registry = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const dist = { tarball: `${env.npm_config_registry}/package.tgz` };
    if (path === `/${name}`) {
      response.end(JSON.stringify({ name, versions: { [version]: { name, version, dist } } }));
    } else if (path === "/package.tgz") response.end(tarball);
    else response.writeHead(404).end("{}");
  }).listen(0, "127.0.0.1");
  await once(registry, "listening");
  env.npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});

afterAll(() => {
  registry.close();
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  [asked, said] = [[], []];
  cacheDir = mkdtempSync(join(dir, "cache-"));
});

const programOf = (platform: string, arch: string) =>
  dynoxideProgram({ platform, arch, cacheDir, env, say: (line) => said.push(line) });

test("a missing one is fetched once, in the version of package.json, and said to be", async () => {
  const program = await programOf("plan9", "arm64");
  expect(execFileSync(program, ["--version"], { encoding: "utf8" })).toContain(version);
  expect(said).toEqual([`No ${name} is installed: npm fetches version ${version} of it, once`]);
  expect(asked).toContain("/package.tgz");
  [asked, said] = [[], []];
  expect(await programOf("plan9", "arm64")).toBe(program);
  expect([asked, said]).toEqual([[], []]);
});

test("two that fetch at once do not disturb each other", async () => {
  const [one, other] = await Promise.all([programOf("plan9", "arm64"), programOf("plan9", "arm64")]);
  expect(one).toBe(other);
  expect(execFileSync(one, ["--version"], { encoding: "utf8" })).toContain(version);
  expect(readdirSync(cacheDir)).toHaveLength(1);
});

test("where the registry has none, what to do is said and nothing is left behind", async () => {
  const failure = programOf("linux", "riscv64");
  await expect(failure).rejects.toThrow(/^npm could not fetch @dynoxide\/linux-riscv64: 404 Not Found/);
  await expect(failure).rejects.toThrow(`"npm install --no-save @dynoxide/linux-riscv64@${version}"`);
  await expect(failure).rejects.toThrow("TERTULIA_DYNAMODB_URL");
  expect(readdirSync(cacheDir)).toEqual([]);
});

test("Windows is told of WSL, and npm of nothing", async () => {
  await expect(programOf("win32", "x64")).rejects.toThrow("WSL");
  expect([asked, said]).toEqual([[], []]);
});
