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
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalSystem, startLocalSystem } from "../../scripts/local/system.ts";

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
  const printed = await run(process.execPath, ["quick-start.ts", system.url], app);
  expect(printed).toMatch(/^Ana's group: \[ 'Ana', 'Bo' \] \{ from: '.*T1[67]:00:00.000Z', to: '.*' \}$/m);
  expect(printed).toMatch(/^webhook: round.published$/m);
});

test("its types stand without any other package, and are those of the contract", async () => {
  const compilerOptions = {
    ...{ strict: true, noEmit: true, target: "es2023", module: "nodenext", lib: ["es2023", "dom"] },
    ...{
      allowImportingTsExtensions: true,
      typeRoots: [join(repository, "node_modules/@types")],
      types: ["node"],
    },
  };
  const own = join(repository, "src/domain/messages/contract.ts");
  const names = [...readFileSync(own, "utf8").matchAll(/^export type (\w+)/gm)].map(([, name]) => name);
  const lines = [
    `import type * as own from "${own}";`,
    'import type * as packed from "./node_modules/tertulia/types/domain/messages/contract.d.ts";',
    "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;",
    ...names.map((name) => `export const same${name}: Same<own.${name}, packed.${name}> = true;`),
  ];
  writeFileSync(join(app, "contract.ts"), lines.join("\n"));
  const files = ["quick-start.ts", "contract.ts"];
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
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

test("Metro builds an app with it, as React Native does, and it joins", async () => {
  writeFileSync(
    join(app, "native.js"),
    `import { TertuliaClient } from "tertulia";
     import { MemoryStorage } from "tertulia/storage";
     globalThis.open = (options) => new TertuliaClient({ ...options, storage: new MemoryStorage() });`,
  );
  const modules = join(repository, "node_modules");
  writeFileSync(
    join(app, "build-native.mjs"),
    `import { loadConfig, runBuild } from "${modules}/metro/src/index.js";
     const transformer = {
       asyncRequireModulePath: "${modules}/metro-runtime/src/modules/asyncRequire.js",
       getTransformOptions: async () => ({ transform: { experimentalImportSupport: true } }),
     };
     const own = { projectRoot: "${app}", watchFolders: ["${modules}"], maxWorkers: 1, transformer };
     const config = await loadConfig({}, own);
     await runBuild(config, { entry: "native.js", out: "native-bundle", dev: false, minify: false });
     await import("./native-bundle.js");
     const [baseUrl, token] = process.argv.slice(2);
     console.log(await open({ baseUrl, community: "book-club", getToken: () => token }).join());
     process.exit();`,
  );
  const joined = await run(
    process.execPath,
    ["build-native.mjs", system.url, await system.token("eve")],
    app,
  );
  expect(joined).toContain("status: 'member'");
});
