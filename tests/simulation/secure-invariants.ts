/**
 * What must hold of secure sums after the drain. S1: each acknowledged id stands in one commit, or is
 * rejected for a reason that it had. S2: the helper answered for one set a sum, of enough distinct members.
 * S3: the model moved by exactly the sum of what the devices encoded. S4: whoever crashed, a sum came to what
 * the helper's answer says. S5: no want of the helper lost anything.
 */

import { readLiveKeys } from "../../helper/src/infra/sealing-key-store.ts";
import { additionalData } from "../../src/domain/messages/report.ts";
import { timeOfUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { writableBlock } from "../../src/domain/model/item-matrix.ts";
import { maskOf } from "../../src/domain/secure/masks.ts";
import { openSeed, readOpeningKey } from "../../src/domain/secure/sealing.ts";
import { type SumTerms, termsHash, valueCountOf } from "../../src/domain/secure/terms.ts";
import { type LoggedCommit, readHistory } from "../../src/infra/commit-log.ts";
import { readHead } from "../../src/infra/head-store.ts";
import { readSum } from "../../src/infra/sum-store.ts";
import { clockMs } from "./clock.ts";
import { Violation } from "./ledger.ts";
import { DAY_MS } from "./scene.ts";
import type { HelperAnswer, PostedReport, SecureLedger } from "./secure-ledger.ts";

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * DAY_MS;

export interface SecureRun {
  community: string;
  ledger: SecureLedger;
  /** The helper's, of members in a sum. */
  floor: number;
  /** What GET model answers after the drain, row-major. */
  model: { modelVersion: number; values: Float32Array };
}

interface Verdict {
  commit: LoggedCommit;
  reason?: string;
}

function verdictsOf(history: readonly LoggedCommit[]): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const commit of history) {
    const told = [...commit.applied.map((id) => ({ id, reason: undefined })), ...commit.rejected];
    for (const { id, reason } of told) {
      const before = verdicts.get(id)?.commit.modelVersion;
      if (before) throw new Violation(`S1: ${id} stands in versions ${before} and ${commit.modelVersion}`);
      verdicts.set(id, { commit, reason });
    }
  }
  return verdicts;
}

/** Whether a report had this reason; undefined: it counts. None has one that is not named here. */
function isDue(
  posted: PostedReport,
  { commit, reason }: Verdict,
  ledger: SecureLedger,
  most: number,
): boolean {
  const { report, member } = posted;
  const isVoid = commit.applied.length === 0;
  const inCommit = [...commit.applied, ...commit.rejected.map(({ id }) => id)];
  switch (reason) {
    case undefined:
      return report.sum === commit.committedSum;
    case "late": // for a later sum, or its own was full
      return (
        report.sum < commit.committedSum || (report.sum === commit.committedSum && inCommit.length > most)
      );
    case "too-few":
      return isVoid;
    case "superseded":
      return inCommit.some((id) => id > report.id && ledger.posted.get(id)?.member === member);
    case "expired": // a sum that was a week old when its helper could not be reached
      return isVoid && inCommit.some((id) => commit.committedAtMs - timeOfUuidV7(id) >= WEEK_MS - MINUTE_MS);
    case "norm":
      return isVoid && ledger.isSpoiled(inCommit);
    case "set-aside":
      return ledger.saboteur !== null;
    case "unauthentic":
      return ledger.forgotten.has(member);
    default:
      return false;
  }
}

/** S1 and S5: nothing in a seed is a reason to be `lost`, `unreadable` or of a wrong shape. */
function checkVerdicts(ledger: SecureLedger, verdicts: Map<string, Verdict>, most: number): void {
  for (const id of verdicts.keys())
    if (!ledger.posted.has(id)) throw new Violation(`S1: ${id} is in the log and was never posted`);
  for (const [id, posted] of ledger.posted) {
    const verdict = verdicts.get(id);
    if (!verdict && posted.isAcknowledged) throw new Violation(`S1: ${id} was acknowledged and is gone`);
    if (!verdict || isDue(posted, verdict, ledger, most)) continue;
    const { commit, reason } = verdict;
    const rule = reason === "lost" || reason === "expired" ? "S5" : "S1";
    const place = `sum ${posted.report.sum}, in version ${commit.modelVersion} of sum ${commit.committedSum}`;
    throw new Violation(`${rule}: ${id} of ${place} was ${reason ?? "applied"}`);
  }
}

function checkAnswers({ ledger, floor }: SecureRun): Map<number, HelperAnswer> {
  const ofSum = new Map<number, HelperAnswer>();
  for (const answered of ledger.answers) {
    const { sum, accepted, question, answer } = answered;
    const first = ofSum.get(sum) ?? answered;
    ofSum.set(sum, first);
    if (first.question !== question) throw new Violation(`S2: the helper answered two sets of sum ${sum}`);
    if (first.answer !== answer) throw new Violation(`S4: the helper gave two answers to one set of ${sum}`);
    const members = new Set(accepted.map((id) => ledger.posted.get(id)!.member));
    if (members.size < floor || members.size < accepted.length)
      throw new Violation(
        `S2: sum ${sum} is of ${members.size} members, ${accepted.length} reports; the floor is ${floor}`,
      );
  }
  return ofSum;
}

const idsOf = (ids: readonly string[]) => [...ids].sort().join();

/**
 * A sum that the helper has answered comes to that, or to nothing where it was spoiled or the leader wants
 * more members.
 */
function checkOutcomes(
  { ledger }: SecureRun,
  history: readonly LoggedCommit[],
  min: number,
  answers: Map<number, HelperAnswer>,
) {
  for (const { committedSum, modelVersion, applied, senders } of history) {
    if (!senders) continue;
    const accepted = answers.get(committedSum)?.accepted ?? [];
    const at = `version ${modelVersion}, of sum ${committedSum},`;
    if (applied.length > 0 && applied.length < min)
      throw new Violation(`S2: ${at} is of ${applied.length} members; the sum wants ${min}`);
    const expected = accepted.length < min || ledger.isSpoiled(accepted) ? [] : accepted;
    if (idsOf(applied) !== idsOf(expected))
      throw new Violation(`S4: ${at} applies ${applied.length} reports, not the helper's ${expected.length}`);
  }
}

/**
 * The whole numbers that a device has encoded, which both servers together can read: the helper's keys are
 * all still there.
 */
async function encodedBy(report: PostedReport["report"], community: string, terms: SumTerms) {
  const valueCount = valueCountOf(terms);
  const binding = { sum: terms.sum, id: report.id, valueCount, termsHash: await termsHash(terms) };
  for (const keys of await readLiveKeys(0)) {
    const opened = await openSeed(await readOpeningKey(keys), report, additionalData(community, binding));
    if (!opened) continue;
    const mask = await maskOf(opened.seed, valueCount);
    return Array.from(report.share, (share, i) => ((share + mask[i]) << 16) >> 16);
  }
  throw new Violation(`S3: nobody can open ${report.id}`);
}

/** S3: the model that the posted reports make of the initial one, value by value to the last bit. */
async function checkModel(
  { community, ledger, model }: SecureRun,
  history: readonly LoggedCommit[],
): Promise<void> {
  const { seed, rowCount, settings } = (await readHead(community))!;
  const { factors, learningRate } = settings;
  const { values } = writableBlock(undefined, { factors, seed, rowCount }, 0, "sgd");
  for (const { committedSum, applied } of history) {
    const terms = applied.length > 0 ? (await readSum(community, committedSum))!.terms! : null;
    if (!terms) continue;
    const total = new Array<number>(valueCountOf(terms)).fill(0);
    for (const id of applied) {
      const whole = await encodedBy(ledger.posted.get(id)!.report, community, terms);
      for (const [i, value] of whole.entries()) total[i] += value;
    }
    const levels = Math.floor(32_767 / terms.sumMembersMax);
    for (const [i, sum] of total.entries()) {
      const clip = i % (factors + 1) === factors ? terms.clipBias : terms.clipFactor;
      values[i] -= learningRate! * Math.fround((sum * clip) / levels);
    }
  }
  const at = values.findIndex((value, i) => value !== model.values[i]);
  if (at >= 0 || values.length !== model.values.length)
    throw new Violation(`S3: value ${at} is ${model.values[at]}, by the devices' sums ${values[at]}`);
}

/** Throws the first violation; answers how many commits there were. */
export async function checkSecure(run: SecureRun): Promise<number> {
  const { settings, modelVersion } = (await readHead(run.community))!;
  const history = await readHistory(run.community, 1, 10_000, clockMs());
  if (history.length !== modelVersion || run.model.modelVersion !== modelVersion)
    throw new Violation(`S1: ${history.length} commits, version ${modelVersion}`);
  const answers = checkAnswers(run);
  checkVerdicts(run.ledger, verdictsOf(history), settings.sumMembersMax);
  checkOutcomes(run, history, settings.sumMembersMin, answers);
  await checkModel(run, history);
  return history.length;
}
