/**
 * What secure sums cost: a device to make a report of MovieLens 100k's size, the helper to open and add up a
 * set of them, and how many bytes of a report travel and stay. All is CPU time of the process, its WebCrypto
 * threads included.
 */
import { encodeReport, type Report } from "../../src/domain/messages/report.ts";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { normal } from "../../src/domain/random.ts";
import { makeReport } from "../../src/domain/secure/make-report.ts";
import { addTo } from "../../src/domain/secure/masks.ts";
import { hexOf, judgeReports, openReports, sumMasks } from "../../src/domain/secure/open-reports.ts";
import { createSealingKeys, readOpeningKey } from "../../src/domain/secure/sealing.ts";
import { type SumTerms, termsHash, valueCountOf } from "../../src/domain/secure/terms.ts";
import { amount, type Section, table } from "./report.ts";
import { measureSecureCost, type SecureCost } from "./secure-cost.ts";

const REPORTS = 303;
const TERMS: SumTerms = {
  ...{ sum: 1, epoch: "0.0", rowCount: 1_682, factors: 16 },
  ...{ sumMembersMin: 100, sumMembersMax: 512, clipFactor: 1, clipBias: 5 },
};
const REPORT_BYTES_GOAL = 58_000;
const CLIENT_MS_GOAL = 5;
const HELPER_MS_GOAL = 1.5;
const STORED_BYTES_GOAL = 200;
const EXTRA_DOLLARS_GOAL = 1.6;
/** Of a member, once: names and hash 60, key 32, time 20; of a report in the item of its sum a byte. */
const STORED_BYTES = { member: 112, report: 1 };

export interface SecureFigures {
  reportBytes: number;
  clientMs: number;
  helperMs: number;
  leaderMs: number;
  cost: SecureCost;
}

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));

async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / REPORTS;
}

export async function measureSecure(seed: number): Promise<SecureFigures> {
  const next = normal(seed);
  const values = Float32Array.from({ length: valueCountOf(TERMS) }, () => next() / 10);
  const pair = await createSealingKeys();
  const { publicKey } = pair;
  const macKeys = Array.from({ length: REPORTS }, () => ({ keyId: randomBytes(16), key: randomBytes(32) }));
  const keys = new Map(macKeys.map(({ keyId, key }) => [hexOf(keyId), key]));
  const reports: Report[] = [];
  const make = async () => {
    reports.length = 0;
    for (const macKey of macKeys) {
      const id = createUuidV7(Date.now(), Math.random);
      const parts = { id, community: "films", modelVersion: 9, terms: TERMS, values, publicKey, macKey };
      reports.push(await makeReport({ ...parts, randomBytes }));
    }
  };
  await make();
  const clientMs = await cpuMs(make);
  const set = { community: "films", sum: 1, valueCount: values.length, termsHash: await termsHash(TERMS) };
  const total = new Uint16Array(values.length);
  const help = async () => {
    const opened = await openReports([await readOpeningKey(pair)], { ...set, reports });
    const masks = await sumMasks(opened, await judgeReports(opened, keys), values.length);
    total.set(masks!);
  };
  await help();
  const helperMs = await cpuMs(help);
  const leaderMs = await cpuMs(async () => {
    for (const { share } of reports) addTo(total, share);
  });
  const cost = await measureSecureCost(seed);
  return { reportBytes: encodeReport(reports[0]).length, clientMs, helperMs, leaderMs, cost };
}

/** Dollars by step and service, and what reports cost more than gradients. */
function costLines({ plain, secure }: SecureCost): string[] {
  const priceOf = (what: string, { lines }: SecureCost["plain"]) =>
    amount(lines.find((line) => line.what === what)?.dollarsPerMillion ?? 0, 4);
  const names = new Set([...plain.lines, ...secure.lines].map(({ what }) => what));
  return [
    ...table([
      ["a million of 1,682 x 17 values, dollars", "gradients", "reports"],
      ...[...names].map((what) => [what, priceOf(what, plain), priceOf(what, secure)]),
      ["all of them", amount(plain.total, 4), amount(secure.total, 4)],
    ]),
    "gradients in int8; 100 a commit; prices and assumptions as for the cost of gradients; the leader is billed while it waits",
  ];
}

export function secureSection({ reportBytes, clientMs, helperMs, leaderMs, cost }: SecureFigures): Section {
  const extra = cost.secure.total - cost.plain.total;
  const stored = STORED_BYTES.member + STORED_BYTES.report;
  const goal = (name: string, value: number, most: number, unit: string) => ({
    goal: `${name}: at most ${amount(most, unit === "ms" ? 1 : 0)} ${unit}`,
    measured: `${amount(value, unit === "ms" ? 2 : 0)} ${unit}`,
    met: value <= most,
  });
  return {
    title: `(i) secure sums: ${REPORTS} reports of 1,682 x 17 values`,
    lines: [
      `the leader adds a share in ${amount(leaderMs, 3)} ms`,
      `the helper keeps ${STORED_BYTES.member} bytes of a member, once, and ${STORED_BYTES.report} of a report, for 30 days`,
      ...costLines(cost),
    ],
    goals: [
      goal("a report", reportBytes, REPORT_BYTES_GOAL, "bytes"),
      goal("a device's CPU for one", clientMs, CLIENT_MS_GOAL, "ms"),
      goal("the helper's CPU for one", helperMs, HELPER_MS_GOAL, "ms"),
      goal("what the helper keeps for one", stored, STORED_BYTES_GOAL, "bytes"),
      {
        goal: `a million reports cost at most $${EXTRA_DOLLARS_GOAL.toFixed(2)} more than gradients`,
        measured: `$${amount(extra, 2)}`,
        met: extra <= EXTRA_DOLLARS_GOAL,
      },
    ],
  };
}
