/** npm run build:client: the SDK under dist/client, as minified ES modules with types beside them. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";

const OUT = "dist/client";
/** What an app imports; file-storage is for Node alone, so only there may Node's modules appear. */
const BROWSER_ENTRIES = ["client", "api", "conversation", "storage", "indexed-db-storage"];

const pathOf = (entry: string) => `src/client/${entry}.ts`;
const shared: BuildOptions = {
  outdir: OUT,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2023",
  // its exports name a CommonJS build, of which nothing can be left out
  alias: { "ml-matrix": "./node_modules/ml-matrix/src/index.js" },
  mainFields: ["module", "main"],
};

rmSync(OUT, { recursive: true, force: true });
await build({ ...shared, entryPoints: BROWSER_ENTRIES.map(pathOf), platform: "browser", splitting: true });
await build({ ...shared, entryPoints: [pathOf("file-storage")], platform: "node" });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.client.json"], {
  stdio: "inherit",
});

for (const file of readdirSync(OUT).filter((name) => name.endsWith(".js"))) {
  const code = readFileSync(join(OUT, file));
  console.log(`${file.padEnd(28)} ${code.length} bytes, ${gzipSync(code).length} gzipped`);
}
