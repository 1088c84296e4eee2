/** Files of `wave,rater,ratee,value`: read strictly, so that a slip in the data is an error with a line number and no figure. */
import { noAnswers, type Wave, type WaveData } from "./waves.ts";

const FIELDS = ["wave", "rater", "ratee", "value"] as const;
const SEPARATOR = /[,;\t]/;
/** The SDK takes no stronger rating. */
const RATING_MAX = 100;

interface Line {
  wave: number;
  rater: string;
  ratee: string;
  value: number;
}

/**
 * Reads a wave file; the first line may be a heading. `ratingOf` turns the number of the file into a rating: above 0 liked,
 * below 0 disliked. Throws an Error that names the line and the field.
 */
export function parseWaves(text: string, ratingOf: (given: number) => number = (given) => given): WaveData {
  const firstLineOf = new Map<string, number>();
  const lines: Line[] = [];
  text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .forEach((source, at) => {
      if (source.trim() === "" || (at === 0 && isHeading(source))) return;
      const line = readLine(source, at + 1, ratingOf);
      const key = JSON.stringify([line.wave, line.rater, line.ratee]);
      const before = firstLineOf.get(key);
      if (before !== undefined)
        throw new Error(`line ${at + 1}: ratee: ${line.rater} rates ${line.ratee} in line ${before} too`);
      firstLineOf.set(key, at + 1);
      lines.push(line);
    });
  return wavesOf(lines);
}

const cellsOf = (source: string): string[] => source.split(SEPARATOR).map((cell) => cell.trim());

/** A heading has a number in none of the columns that need one. */
function isHeading(source: string): boolean {
  const [wave, , , value] = cellsOf(source);
  return Number.isNaN(Number(wave)) && (value === undefined || Number.isNaN(Number(value)));
}

function readLine(source: string, lineNumber: number, ratingOf: (given: number) => number): Line {
  const refuse = (field: (typeof FIELDS)[number] | "columns", why: string): never => {
    throw new Error(`line ${lineNumber}: ${field}: ${why}`);
  };
  const cells = cellsOf(source);
  if (cells.length !== FIELDS.length)
    refuse("columns", `got ${cells.length}, expected ${FIELDS.length}: ${FIELDS.join(",")}`);
  const [waveText, rater, ratee, given] = cells;
  if (!/^\d+$/.test(waveText)) refuse("wave", `${JSON.stringify(waveText)} is no whole number`);
  if (rater === "") refuse("rater", "is empty");
  if (ratee === "") refuse("ratee", "is empty");
  if (rater === ratee) refuse("ratee", `${rater} rates themselves`);
  const value = given === "" ? Number.NaN : ratingOf(Number(given));
  if (!(Math.abs(value) <= RATING_MAX)) {
    const range = `-${RATING_MAX} to ${RATING_MAX}`;
    refuse("value", `${JSON.stringify(given)} is no rating from ${range}`);
  }
  return { wave: Number(waveText), rater, ratee, value };
}

/** Numbers the people in order of appearance, raters before those who are only rated, and the waves in order of time. */
function wavesOf(lines: readonly Line[]): WaveData {
  const names = [...new Set([...lines.map(({ rater }) => rater), ...lines.map(({ ratee }) => ratee)])];
  const indexOf = new Map(names.map((name, at) => [name, at]));
  const waves = new Map<number, Wave>();
  for (const { wave } of lines) {
    const told = noAnswers(names.length);
    if (!waves.has(wave)) waves.set(wave, { wave, told, judged: told });
  }
  for (const { wave, rater, ratee, value } of lines) {
    waves.get(wave)!.told[indexOf.get(rater)! * names.length + indexOf.get(ratee)!] = value;
  }
  if (waves.size < 2) throw new Error(`got ${waves.size} waves, expected at least 2: one judges the other`);
  return { names, waves: [...waves.values()].sort((a, b) => a.wave - b.wave) };
}
