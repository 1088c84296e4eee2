/**
 * The SDK as an app team installs it: from a tarball, into a project of their own, where nothing
 * of this repository is.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";

jest.setTimeout(60_000);

const repository = new URL("../..", import.meta.url).pathname;
const app = mkdtempSync(join(tmpdir(), "tertulia-app-"));
let system: LocalSystem;

async function run(command: string, args: string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd })).stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")}\n${(error as { stdout?: string }).stdout}`, {
      cause: error,
    });
  }
}

beforeAll(async () => {
  process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
  [system] = await Promise.all([startLocalSystem(), install()]);
});
afterAll(() => system?.stop());

async function install(): Promise<void> {
  await run(process.execPath, ["scripts/build-client.ts"], repository);
  const packed = await run("npm", ["pack", "./dist/client", "--pack-destination", app, "--json"], repository);
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  const [{ filename }] = JSON.parse(packed);
  await run("npm", ["install", "--offline", "--no-audit", `./${filename}`], app);
  cpSync(join(repository, "examples/quick-start.ts"), join(app, "quick-start.ts"));
}

test("the README's quick start runs as printed, in Node", async () => {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  expect(readme).toContain(readFileSync(join(app, "quick-start.ts"), "utf8").trim());
  const lines = (await run(process.execPath, ["quick-start.ts", system.url], app)).trim().split("\n");
  expect(lines.slice(-4)).toEqual([
    "ana is with [ 'ana', 'bo' ]",
    "bo is with [ 'ana', 'bo' ]",
    "cy is with [ 'cy', 'di' ]",
    "di is with [ 'cy', 'di' ]",
  ]);
});

test("its types stand without any other package", async () => {
  const compilerOptions = {
    ...{ strict: true, noEmit: true, target: "es2023", module: "nodenext", lib: ["es2023", "dom"] },
    ...{
      allowImportingTsExtensions: true,
      typeRoots: [join(repository, "node_modules/@types")],
      types: ["node"],
    },
  };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["quick-start.ts"] }));
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", app], app);
});

test("Vite builds a page with it, of under 25 KB gzipped", async () => {
  writeFileSync(join(app, "index.html"), '<script type="module" src="/page.ts"></script>');
  writeFileSync(
    join(app, "page.ts"),
    `import { TertuliaClient } from "tertulia";
     import { IndexedDbStorage } from "tertulia/indexed-db-storage";
     Object.assign(window, { TertuliaClient, IndexedDbStorage });`,
  );
  await run(process.execPath, [join(repository, "node_modules/vite/bin/vite.js"), "build"], app);
  const assets = join(app, "dist/assets");
  // What is for secure sums alone lies in files that the page loads when it has a helper.
  const [page] = readdirSync(assets).filter((file) => file.startsWith("index"));
  const bundle = readFileSync(join(assets, page));
  expect(bundle.toString()).not.toMatch(/import ?[{"]/);
  expect(bundle.toString()).toContain("IndexedDbStorage");
  expect(gzipSync(bundle).length).toBeLessThan(25_000);
});
