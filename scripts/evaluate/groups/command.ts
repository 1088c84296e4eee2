/** `npm run evaluate -- --groups`: how good the groups are that this system makes of anybody's data, beside what could be. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as z from "zod/mini";
import { SHARE_NOISE } from "../../../src/client/sharing.ts";
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from "../../../src/domain/community/settings.ts";
import { NEWCOMB_FILE, ratingOfRank } from "../../demo/newcomb.ts";
import { type Conduct, type Figures, figuresOf, type System, throughDomain } from "./frontier.ts";
import { generateWaves, KINDS } from "./generate.ts";
import { newcomerFigures, newcomerTable } from "./newcomers.ts";
import { frontierPicture, meanFigures, tableOf } from "./report.ts";
import { SPREADS } from "./spread.ts";
import { parseWaves } from "./wave-file.ts";
import type { WaveData } from "./waves.ts";

function readOptions() {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      groups: { type: "boolean" },
      ratings: { type: "string" },
      newcomb: { type: "boolean", default: false },
      generate: { type: "string" },
      people: { type: "string", default: "32" },
      waves: { type: "string", default: "6" },
      settings: { type: "string", default: "{}" },
      "group-size": { type: "string" },
      share: { type: "boolean", default: true },
      noise: { type: "string", default: String(SHARE_NOISE) },
      contributions: { type: "string", default: "2" },
      spread: { type: "string", default: "once" },
      via: { type: "string", default: "domain" },
      seed: { type: "string", default: "1" },
      seeds: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  return values;
}

const PICTURE = "out/groups.svg";

type Options = ReturnType<typeof readOptions>;

function wholeNumber(
  options: Options,
  name: "people" | "waves" | "contributions" | "seed" | "seeds",
): number {
  if (!/^\d+$/.test(options[name])) throw new Error(`--${name} must be a whole number, got ${options[name]}`);
  return Number(options[name]);
}

function readNoise({ noise }: Options): number {
  const times = Number(noise);
  if (noise === "" || !(times >= 0 && times < Number.POSITIVE_INFINITY))
    throw new Error(`--noise must be a number from 0, got ${noise}`);
  return times;
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (!found) throw new Error(`--${name} must be one of ${known.join(", ")}, got ${text}`);
  return found;
}

function readData(options: Options, seed: number): WaveData {
  const { ratings, newcomb, generate } = options;
  if ([ratings, newcomb || undefined, generate].filter((given) => given !== undefined).length !== 1)
    throw new Error("one of --ratings FILE, --newcomb and --generate KIND is needed");
  if (ratings !== undefined) return parseWaves(readFileSync(ratings, "utf8"));
  if (newcomb) return parseWaves(readFileSync(NEWCOMB_FILE, "utf8"), ratingOfRank);
  const kind = oneOf("generate", generate!, KINDS);
  const [people, waves] = [wholeNumber(options, "people"), wholeNumber(options, "waves")];
  return generateWaves({ kind, people, waves, seed });
}

function readSettings(options: Options): Settings {
  const given: unknown = JSON.parse(options.settings);
  const groupSize = options["group-size"];
  const own = groupSize === undefined ? given : { ...(given as object), groupSize: Number(groupSize) };
  return { ...DEFAULT_SETTINGS, ...z.partial(settingsSchema).parse(own) };
}

async function systemOf(via: string): Promise<System> {
  if (oneOf("via", via, ["domain", "api"] as const) === "domain") return throughDomain;
  return (await import("./api-system.ts")).throughApi;
}

export async function evaluateGroups(): Promise<void> {
  const startedAtMs = performance.now();
  const options = readOptions();
  const settings = readSettings(options);
  const system = await systemOf(options.via);
  const seeds = Array.from(
    { length: wholeNumber(options, "seeds") },
    (_, n) => wholeNumber(options, "seed") + n,
  );
  const conductOf = (seed: number): Conduct => ({
    settings,
    shareNoise: options.share ? readNoise(options) : null,
    contributions: wholeNumber(options, "contributions"),
    spread: oneOf("spread", options.spread, SPREADS),
    seed,
  });
  if (seeds.every((seed) => readData(options, seed).arrivals)) {
    if (system !== throughDomain) throw new Error("newcomers are evaluated by --via domain alone");
    const figures = seeds.map((seed) => newcomerFigures(readData(options, seed), conductOf(seed)));
    console.log(options.json ? JSON.stringify({ figures, seeds }) : newcomerTable(figures));
    return;
  }
  const figures: Figures[] = [];
  for (const seed of seeds) figures.push(await figuresOf(readData(options, seed), conductOf(seed), system));
  const mean = meanFigures(figures);
  mkdirSync("out", { recursive: true });
  writeFileSync(PICTURE, frontierPicture(mean.rows));
  const seconds = (performance.now() - startedAtMs) / 1000;
  if (options.json) {
    console.log(JSON.stringify({ ...mean, seeds, picture: PICTURE, seconds }));
  } else {
    console.log(`${tableOf(mean)}\n`);
    console.log(`seeds ${seeds.join(", ")}   picture: ${PICTURE}   ${seconds.toFixed(0)} s`);
  }
}
