/** The console as files under dist/web: a page; beside it scripts and styles, named by their content, gzipped. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const OUT = join(ROOT, "dist/web");

export interface WebFile {
  name: string;
  bytes: number;
  gzippedBytes: number;
}

/** Builds all anew, in some 200 ms; answers what there is. */
export async function buildWeb(): Promise<WebFile[]> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/web/main.tsx"],
    outdir: join(OUT, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    jsx: "automatic",
    jsxImportSource: "preact",
    // its exports name a CommonJS build, of which nothing can be left out
    alias: { "ml-matrix": "./node_modules/ml-matrix/src/index.js" },
    mainFields: ["module", "main"],
    metafile: true,
    write: false,
  });
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(join(OUT, "assets"), { recursive: true });
  const files = outputFiles.map(({ path, contents }) => {
    const gzipped = gzipSync(contents, { level: 9 });
    writeFileSync(`${path}.gz`, gzipped);
    return { name: basename(path), bytes: contents.length, gzippedBytes: gzipped.length };
  });
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint)!;
  const page = readFileSync(join(ROOT, "src/web/index.html"), "utf8")
    .replace("{script}", basename(entry[0]))
    .replace("{style}", basename(entry[1].cssBundle!));
  writeFileSync(join(OUT, "index.html"), page);
  return [...files, { name: "index.html", bytes: page.length, gzippedBytes: gzipSync(page).length }];
}
