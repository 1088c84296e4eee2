import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Tally } from "../../scripts/attack/tally.ts";
import { meanCurve, reaches } from "../../scripts/evaluate/curve.ts";
import { auc, peopleMetrics, splitByDyad } from "../../scripts/evaluate/people.ts";
import { rankingMetrics } from "../../scripts/evaluate/ranking-metrics.ts";
import { uniform } from "../../src/domain/random.ts";

const folder = mkdtempSync(join(tmpdir(), "tertulia-"));

/** Runs a script of this repository and reads the JSON it prints. */
function run(script: string, ...flags: string[]) {
  const text = execFileSync(process.execPath, [`scripts/${script}.ts`, ...flags, "--json"], {
    encoding: "utf8",
  });
  return JSON.parse(text);
}

/** 80 users of 4 tastes and 60 items: each user rated most items of their own taste and few of the others. */
function tastes(): string {
  const next = uniform(11);
  const lines: string[] = [];
  for (let user = 0; user < 80; user++) {
    for (let item = 0; item < 60; item++) {
      const likes = user % 4 === item % 4;
      if (next() < (likes ? 0.8 : 0.05)) lines.push(`u${user}\ti${item}\t5\t0`);
    }
  }
  const file = join(folder, "tastes.data");
  writeFileSync(file, lines.join("\n"));
  return file;
}

/** 40 people who like whom they share a parity with, and answer about most others. */
function people(): string {
  const next = uniform(12);
  const lines = ["rater,ratee,value"];
  for (let a = 0; a < 40; a++) {
    for (let b = 0; b < 40; b++) {
      if (a !== b && next() < 0.9) lines.push(`${a},${b},${a % 2 === b % 2 ? 1 : 0}`);
    }
  }
  const file = join(folder, "people.csv");
  writeFileSync(file, lines.join("\n"));
  return file;
}

/** 15 people in three circles, asked three times; each answers about most others, and likes 9 of 10 of their own circle. */
function circles(): string {
  const next = uniform(14);
  const lines = ["wave,rater,ratee,value"];
  for (let wave = 0; wave < 3; wave++) {
    for (let a = 0; a < 15; a++) {
      for (let b = 0; b < 15; b++) {
        const likes = next() < (a % 3 === b % 3 ? 0.9 : 0.1);
        if (a !== b && next() < 0.8) lines.push(`${wave},${a},${b},${likes ? 3 : -2}`);
      }
    }
  }
  const file = join(folder, "circles.csv");
  writeFileSync(file, lines.join("\n"));
  return file;
}

test("a curve tells from which bytes on a way has reached a quality, and int8 needs fewer of them", () => {
  const { fullNdcg, curves, seeds } = run("evaluate", "--ratings", tastes(), "--curve", "--seeds", "1");
  expect(seeds).toEqual([1]);
  expect(fullNdcg).toBeGreaterThan(0.6);
  const [dense, int8] = curves;
  expect(dense.at99.ndcg).toBeGreaterThanOrEqual(0.99 * fullNdcg);
  expect(dense.at99.bytesPerUser).toBeGreaterThan(2 * int8.at99.bytesPerUser);
});

test("the curve of several seeds is their mean, and reaches what the mean reaches", () => {
  const curve = (...ndcgs: number[]) =>
    ndcgs.map((ndcg, at) => ({ rounds: at + 1, bytesPerUser: 100 * (at + 1) * ndcgs.length, ndcg }));
  const mean = meanCurve([curve(0.2, 0.5, 0.4), curve(0.1, 0.3, 0.5)]);
  expect(mean.map(({ ndcg }) => ndcg.toFixed(2))).toEqual(["0.15", "0.40", "0.45"]);
  expect(reaches(mean, 0.42)).toEqual({ rounds: 3, bytesPerUser: 900, ndcg: expect.closeTo(0.45) });
  expect(reaches(mean, 0.5)).toBeUndefined();
});

test("the federated model finds tastes as well as the central one, and popularity does not", () => {
  const { models, bytesUpPerUser, seeds } = run(
    "evaluate",
    "--ratings",
    tastes(),
    "--seeds",
    "2",
    "--rounds",
    "50",
  );
  expect(seeds).toEqual([1, 2]);
  expect(models.ials.ndcg).toBeGreaterThan(0.6);
  expect(models.fcf.ndcg).toBeGreaterThan(0.97 * models.ials.ndcg);
  expect(models.popularity.ndcg).toBeLessThan(0.5 * models.fcf.ndcg);
  expect(models.additive.ndcg).toBeLessThan(0.5 * models.fcf.ndcg);
  for (const name of ["precision", "recall", "f1", "map"]) expect(models.fcf[name]).toBeGreaterThan(0);
  expect(bytesUpPerUser).toBeGreaterThan(0);
});

test("through HTTP, queue and commits, with stale gradients among them, it finds them too", () => {
  const flags = ["--via", "api", "--seeds", "1", "--rounds", "8", "--settings", '{"learningRate":0.1}'];
  const { models, commits, bytesDownPerUser } = run("evaluate", "--ratings", tastes(), ...flags);
  expect(commits).toBeGreaterThanOrEqual(8); // more where this machine was too busy to post a batch in its window
  expect(models.fcf.ndcg).toBeGreaterThan(0.9 * models.ials.ndcg);
  expect(bytesDownPerUser).toBeGreaterThan(0);
});

test("the federated model tells mutual likings where popularity and biases cannot", () => {
  const flags = [
    "--people",
    "--seeds",
    "1",
    "--rounds",
    "60",
    "--settings",
    '{"factors":4,"regularization":30,"alpha":10}',
  ];
  const { models } = run("evaluate", "--ratings", people(), ...flags);
  for (const merge of ["oneWay", "product", "harmonic", "min"]) {
    expect(models.fcf[merge].matchAuc).toBeGreaterThan(0.95);
    expect(models.fcf[merge].mutualPrecisionAt3).toBeGreaterThan(0.8);
    expect(models.popularity[merge].matchAuc).toBeLessThan(0.65);
  }
  expect(models.fcf.withinRaterAuc).toBeGreaterThan(0.95);
});

test("one dense gradient gives away what its sender rated, and strong noise hides it", () => {
  const { table } = run("attack", "--ratings", tastes(), "--users", "12", "--rounds", "5");
  const line = (defence: string) => table.find((one: { defence: string }) => one.defence === defence);
  expect(line("dense, noiseless")).toMatchObject({ exactRecovery: 1 });
  expect(line("dense, noiseless").attackAuc).toBeCloseTo(1, 3);
  expect(line("clip").exactRecovery).toBeGreaterThan(0.9);
  expect(line("clip and noise x1").attackAuc).toBeLessThan(0.65);
  expect(line("clip and noise x1").epsilonOfOne).toBeGreaterThan(1);
  // Every item is as popular as any, so that nothing is known of a member who shares nothing.
  expect(Math.abs(line("not shared (stand-in)").attackAuc - 0.5)).toBeLessThan(0.1);
  expect(line("shared, noise x0").attackAuc).toBeGreaterThan(0.9);
  expect(line("shared, noise x3").attackAuc).toBeLessThan(line("shared, noise x0").attackAuc - 0.1);
  expect(line("shared, noise x3").ndcg).toBe(line("dense, noiseless").ndcg);
});

test("among people one gradient and noiseless factors give away who is liked, noise and the stand-in less", () => {
  const { seeds, table } = run("attack", "--waves", circles(), "--seeds", "2");
  expect(seeds).toEqual([1, 2]);
  const line = (sharing: string) => table.find((one: { sharing: string }) => one.sharing === sharing);
  expect(line("the last gradient")).toMatchObject({ attackAuc: 1, exactRecovery: 1, groups: null });
  expect(line("popularity alone")).toMatchObject({ groups: null });
  expect(line("shared, noise x0").attackAuc).toBeGreaterThan(0.99);
  expect(line("shared, noise x3").attackAuc).toBeLessThan(line("shared, noise x0").attackAuc - 0.1);
  expect(line("not shared (stand-in)").attackAuc).toBeLessThan(line("shared, noise x0").attackAuc);
  // A third of the groupmates are liked where groups are drawn by lot.
  expect(line("shared, noise x0").groups.liked).toBeGreaterThan(0.5);
  expect(line("shared, noise x3").groups.liked).toBeLessThan(line("shared, noise x0").groups.liked);
});

test("a tally takes the best way, leaves out the own row, and takes the best rows for found where none are told", () => {
  const tally = new Tally();
  const truth = new Set([0, 3]);
  tally.add("good", [0.8, 0.9, 0.1, 0.7], truth, { ownRow: 1 });
  tally.add("bad", [0.1, 0.2, 0.9, 0.8], truth, { ownRow: 1, taken: new Set([0]) });
  tally.add("good", [1, 2, 3, 4], new Set(), {});
  expect(tally.success()).toEqual({ attackAuc: 1, exactRecovery: 1 });
});

test("a ranking of all held-out items first is perfect, and one of none is worth nothing", () => {
  const train = { users: [{ rows: Uint32Array.of(0), values: Float32Array.of(1) }], itemCount: 30 };
  const split = { train, test: [Uint32Array.of(1, 2)] };
  const best = rankingMetrics(split, () => Float32Array.from({ length: 30 }, (_, row) => -row));
  expect(best).toMatchObject({ precision: 0.2, recall: 1, map: 1, ndcg: 1 });
  expect(best.f1).toBeCloseTo(1 / 3);
  const worst = rankingMetrics(split, () => Float32Array.from({ length: 30 }, (_, row) => row));
  expect(worst).toEqual({ precision: 0, recall: 0, f1: 0, map: 0, ndcg: 0 });
});

test("the AUC counts ties half", () => {
  expect(auc([3, 2, 2, 1], [true, true, false, false])).toBe(0.875);
});

test("a held-out dyad leaves nothing of itself behind, and a perfect judge scores 1", () => {
  const next = uniform(13);
  const users = Array.from({ length: 12 }, (_, a) => {
    const rows = Uint32Array.from({ length: 12 }, (_, b) => b).filter((b) => b !== a);
    return { rows, values: Float32Array.from(rows, () => (next() < 0.5 ? 1 : -1)) };
  });
  const { train, test } = splitByDyad({ users, itemCount: 12 }, 1);
  expect(test).toHaveLength(13);
  for (const { a, b } of test) {
    expect([train.users[a].rows.includes(b), train.users[b].rows.includes(a)]).toEqual([false, false]);
  }
  const likes = (u: number, v: number) => (users[u].values[users[u].rows.indexOf(v)] > 0 ? 0.9 : 0.1);
  expect(peopleMetrics(test, likes)).toMatchObject({ withinRaterAuc: 1, min: { matchAuc: 1 } });
});
