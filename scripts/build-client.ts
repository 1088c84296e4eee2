/**
 * `npm run build:client`: the SDK as a package under dist/client, minified ES modules with types beside them.
 * It has a package.json of its own, since the repository's says what the service needs: the SDK needs no
 * other package. `npm pack ./dist/client` makes a tarball.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";

const OUT = "dist/client";
/** What an app imports; file-storage is for Node alone, so only there may Node's modules appear. */
const BROWSER_ENTRIES = ["client", "api", "conversation", "storage", "indexed-db-storage"];
const NODE_ENTRIES = ["file-storage"];

const pathOf = (entry: string) => `src/client/${entry}.ts`;
/** @hpke/common asks for Node's module where there is no WebCrypto; an app's bundler would complain. */
const withoutNodeCrypto: Plugin = {
  name: "without Node's crypto",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^crypto$/ }, ({ path }) => ({ path, namespace: "webcrypto" }));
    const contents = "export const webcrypto = globalThis.crypto;";
    onLoad({ filter: /./, namespace: "webcrypto" }, () => ({ contents }));
  },
};
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
await build({
  ...shared,
  entryPoints: BROWSER_ENTRIES.map(pathOf),
  platform: "browser",
  splitting: true,
  plugins: [withoutNodeCrypto],
});
await build({ ...shared, entryPoints: NODE_ENTRIES.map(pathOf), platform: "node" });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.client.json"], {
  stdio: "inherit",
});

const { name, version, description, license, engines } = JSON.parse(readFileSync("package.json", "utf8"));
const exported = (entry: string) => ({ types: `./types/client/${entry}.d.ts`, default: `./${entry}.js` });
const entries = [...BROWSER_ENTRIES, ...NODE_ENTRIES];
const exports = Object.fromEntries(
  entries.map((entry) => [entry === "client" ? "." : `./${entry}`, exported(entry)]),
);
const manifest = {
  name,
  version,
  description,
  license,
  engines,
  type: "module",
  sideEffects: false,
  exports,
};
writeFileSync(join(OUT, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync("LICENSE", join(OUT, "LICENSE"));

for (const file of readdirSync(OUT).filter((name) => name.endsWith(".js"))) {
  const code = readFileSync(join(OUT, file));
  console.log(`${file.padEnd(28)} ${code.length} bytes, ${gzipSync(code).length} gzipped`);
}
