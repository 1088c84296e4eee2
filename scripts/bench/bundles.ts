// What each function weighs and what its cold start pays to load it: built with the very esbuild options of
// serverless.yml, then imported by fresh Node processes.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { parse } from "yaml";

export type BundleFigures = { name: string; minifiedBytes: number; importMsMedian: number };

const ROOT = join(import.meta.dirname, "../..");
const IMPORTS_PER_BUNDLE = 7;

/** Prints how long the import took, the Node process itself being up already. */
const TIMED_IMPORT = `
  const startedAt = performance.now();
  await import(process.argv[1]);
  console.log(performance.now() - startedAt);`;

type ServerlessFile = {
  custom: { esbuild: BuildOptions & { exclude: string[]; outputFileExtension: string } };
  functions: Record<string, { handler: string }>;
};

export async function readServerlessFile(): Promise<ServerlessFile> {
  return parse(await readFile(join(ROOT, "serverless.yml"), "utf8"), {
    logLevel: "silent", // the tags of CloudFormation (!Ref, !GetAtt) stand outside what is read here
  });
}

/** Builds a function as it is deployed; answers the file. */
export async function bundleFunction(
  { custom, functions }: ServerlessFile,
  name: string,
  directory: string,
): Promise<string> {
  const { exclude, outputFileExtension, ...options } = custom.esbuild; // these two are the plugin's own
  const outfile = join(directory, `${name}${outputFileExtension}`);
  const entry = join(ROOT, functions[name].handler.replace(/\.[^./]+$/, ".ts"));
  await build({ ...options, entryPoints: [entry], external: exclude, outfile, absWorkingDir: ROOT });
  return outfile;
}

/** Builds every function of serverless.yml and measures it. One process at a time, so that none slows another. */
export async function measureBundles(importsPerBundle = IMPORTS_PER_BUNDLE): Promise<BundleFigures[]> {
  const file = await readServerlessFile();
  const directory = await mkdtemp(join(tmpdir(), "tertulia-bundles-"));
  try {
    const figures: BundleFigures[] = [];
    for (const name of Object.keys(file.functions)) {
      const outfile = await bundleFunction(file, name, directory);
      const { size } = await stat(outfile);
      const importMs = await importMsMedian(outfile, importsPerBundle);
      figures.push({ name, minifiedBytes: size, importMsMedian: importMs });
    }
    return figures;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function importMsMedian(file: string, times: number): Promise<number> {
  const args = ["--input-type=module", "--eval", TIMED_IMPORT, pathToFileURL(file).href];
  const ms: number[] = [];
  for (let i = 0; i < times; i++) {
    // Set as the deployed functions have it: the clients read their region at once.
    const env = { PATH: process.env.PATH, AWS_REGION: "eu-central-1" };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    ms.push(Number(stdout));
  }
  return ms.sort((a, b) => a - b)[times >> 1];
}
