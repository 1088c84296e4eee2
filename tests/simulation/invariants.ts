/** What must hold after the drain, from the commit log, the sums, the matrix, the bucket, the statuses and the dead letters. */
import { GRADIENT_AGE_MAX_MS, SERVER_SKEW_MAX_MS } from "../../src/domain/limits.ts";
import { timeOfUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { type LoggedCommit, readHistory } from "../../src/infra/commit-log.ts";
import { readHead } from "../../src/infra/head-store.ts";
import { blockKey } from "../../src/infra/matrix-block-store.ts";
import { readSum, type Sum } from "../../src/infra/sum-store.ts";
import { readVersions } from "../../src/infra/version-store.ts";
import type { Delivered } from "../fixtures/events.ts";
import { objectKeys } from "./bucket.ts";
import { clockMs } from "./clock.ts";
import { ExpectedMatrix } from "./expected-matrix.ts";
import { type Ledger, type Promised, type Reading, Violation } from "./ledger.ts";

/** A commit, and the sum that it came from; a leave or a restore has none. */
interface Told extends LoggedCommit {
  sum: Sum | null;
}

interface Verdict {
  told: Told;
  reason?: string;
}

/** I2: each version once, none left out, in the order of time; each sum once, in its order. */
function checkHistory(history: readonly LoggedCommit[], modelVersion: number): void {
  let [committedAtMs, committedSum] = [0, 0];
  history.forEach((commit, at) => {
    if (commit.modelVersion !== at + 1) throw new Violation(`I2: version ${at + 1} is not in the history`);
    if (commit.committedAtMs < committedAtMs)
      throw new Violation(`I2: version ${at + 1} is older than ${at}`);
    if (commit.committedSum !== committedSum + (commit.senders ? 1 : 0))
      throw new Violation(`I1: version ${at + 1} follows sum ${committedSum} with ${commit.committedSum}`);
    ({ committedAtMs, committedSum } = commit);
  });
  if (history.length !== modelVersion) {
    throw new Violation(`I2: the head is at version ${modelVersion}, the history ends at ${history.length}`);
  }
}

const isPastItsDay = (id: string, { committedAtMs }: Told): boolean =>
  committedAtMs - timeOfUuidV7(id) > GRADIENT_AGE_MAX_MS - SERVER_SKEW_MAX_MS;

/**
 * The log's word on each id; an id that has two is a violation of I1. Only a message that comes again after its day is told to be
 * expired whatever was said of its id before, and changes nothing.
 */
function verdictsOf(history: readonly Told[]): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  for (const told of history) {
    const { applied, rejected } = told;
    for (const { id, reason } of [...applied.map((id) => ({ id, reason: undefined })), ...rejected]) {
      const before = verdicts.get(id)?.told.modelVersion;
      if (before && reason === "expired" && isPastItsDay(id, told)) continue;
      if (before) throw new Violation(`I1: ${id} stands in versions ${before} and ${told.modelVersion}`);
      verdicts.set(id, { told, reason });
    }
  }
  return verdicts;
}

/**
 * What the gatherer had to find in this gradient, which it looked at some time between the sum's first page and its commit.
 * undefined among them: nothing wrong.
 */
function judgedReasons(promised: Promised, { told }: Verdict, history: readonly Told[], ledger: Ledger) {
  const { id, kind, modelVersion, newestVersion } = promised;
  if (kind === "expired") return [kind];
  const ageAt = (ms: number) => ms - timeOfUuidV7(id);
  const [youngest, oldest] = [ageAt(told.sum!.firstPageAtMs), ageAt(told.committedAtMs)];
  if (youngest > GRADIENT_AGE_MAX_MS + SERVER_SKEW_MAX_MS) return ["expired"];
  const mayExpire = oldest > GRADIENT_AGE_MAX_MS - SERVER_SKEW_MAX_MS ? ["expired"] : [];
  if (kind !== "fit") return [...mayExpire, kind];
  const sumsAt = (version: number) => (version === 0 ? 0 : history[version - 1].committedSum);
  const restores = history.filter((commit) => commit.restored !== undefined);
  const isStale = (version: number, sums: number) =>
    sums - sumsAt(modelVersion) > ledger.stalenessVersionsMax ||
    restores.some((commit) => modelVersion < commit.modelVersion && commit.modelVersion <= version);
  const mustBeStale = isStale(newestVersion, sumsAt(newestVersion));
  const mayBeStale = isStale(told.modelVersion, told.sum!.number - 1);
  return [...mayExpire, ...(mayBeStale ? ["stale"] : []), ...(mustBeStale ? [] : [undefined])];
}

/** Why gradients that were found good still did not count, by what became of their sum. */
function endReasons({ told }: Verdict, ledger: Ledger): (string | undefined)[] {
  const { sum, senders } = told;
  if (senders!.count > 0) return [undefined, "superseded"];
  const lost = ledger.lostPages.size > 0 ? ["lost"] : [];
  return sum!.state === "void" ? ["too-few", "stale", "superseded", ...lost] : [undefined];
}

/** I1, by the log: every accepted id is there with the outcome that it had to have. */
function checkVerdicts(ledger: Ledger, verdicts: Map<string, Verdict>, history: readonly Told[]): void {
  for (const promised of ledger.promised.values()) {
    const { id, isAccepted, isUncertain } = promised;
    const verdict = verdicts.get(id);
    if (!verdict && isAccepted) throw new Violation(`I1: ${id} was accepted and is lost`);
    if (!verdict) continue;
    if (!isAccepted && !isUncertain) throw new Violation(`I1: ${id} was never accepted and is in the log`);
    const isOfBefore = ({ restored, modelVersion }: Told) =>
      restored !== undefined &&
      promised.modelVersion < modelVersion &&
      modelVersion < verdict.told.modelVersion;
    if (!verdict.reason && history.some(isOfBefore))
      throw new Violation(`I1: ${id} was made before a restore, and applied after it`);
    const judged = judgedReasons(promised, verdict, history, ledger);
    const due = judged.includes(undefined) ? [...judged, ...endReasons(verdict, ledger)] : judged;
    const isRight =
      due.includes(verdict.reason) && (verdict.reason || endReasons(verdict, ledger).includes(undefined));
    if (isRight) continue;
    const was = verdict.reason ?? "applied";
    throw new Violation(
      `I1: ${id} (${promised.kind}) was ${was}, expected ${due.map((d) => d ?? "applied")}`,
    );
  }
  for (const id of verdicts.keys()) {
    if (!ledger.promised.has(id)) throw new Violation(`I1: ${id} is in the log and was never sent`);
  }
}

/** I7: a step is made of at least the senders that its sum recorded, of each no more than it allowed, and the newest. */
function checkSenders({ modelVersion, applied, rejected, senders, sum }: Told, ledger: Ledger): void {
  const senderOf = (id: string) => ledger.promised.get(id)!.sender;
  const bySender = Map.groupBy(applied, senderOf);
  const at = `version ${modelVersion}`;
  if (applied.length > 0 && !sum) throw new Violation(`I7: ${at} applies gradients of no sum`);
  if (!sum || !senders) return;
  const { needed, gradientsPerSumMax } = sum.sealed!;
  if (senders.needed !== needed) throw new Violation(`I7: ${at} says ${senders.needed}, its sum ${needed}`);
  if (applied.length > 0 && (bySender.size < needed || senders.count !== bySender.size))
    throw new Violation(`I7: ${at} is of ${bySender.size} senders, says ${senders.count}, needs ${needed}`);
  const most = Math.max(0, ...[...bySender.values()].map((ids) => ids.length));
  if (gradientsPerSumMax !== null && most > gradientsPerSumMax)
    throw new Violation(`I7: ${at} holds ${most} gradients of one sender, ${gradientsPerSumMax} may be`);
  for (const { id } of rejected.filter(({ reason }) => reason === "superseded" && applied.length > 0)) {
    const newer = bySender.get(senderOf(id)) ?? [];
    if (newer.length !== gradientsPerSumMax || newer.some((other) => other < id))
      throw new Violation(`I7: ${at}: ${id} was superseded by ${newer}`);
  }
}

/** I1, by GET status: what it says never contradicts the log, and after the drain it says all. */
function checkStatuses(ledger: Ledger, verdicts: Map<string, Verdict>): void {
  for (const { isFinal, id, status, modelVersion, reason } of ledger.statuses) {
    const verdict = verdicts.get(id);
    if (status === "queued" && !(isFinal && verdict)) continue;
    const expected = verdict && {
      status: verdict.reason ? "rejected" : "applied",
      modelVersion: verdict.told.modelVersion,
      reason: verdict.reason,
    };
    // One that was judged and waits in its sum has no version yet.
    const isEarly = !isFinal && modelVersion === undefined && status === "rejected";
    const isRight =
      status === expected?.status &&
      (isEarly || modelVersion === expected.modelVersion) &&
      reason === expected.reason;
    if (!isRight) {
      const told = JSON.stringify({ status, modelVersion, reason });
      throw new Violation(`I1: the status of ${id} reads ${told}, the log says ${JSON.stringify(expected)}`);
    }
  }
}

/** I1 and I2, by the matrix: what was read is the state of one version, each applied gradient in it once. */
function checkReading(reading: Reading, expected: ExpectedMatrix, width: number): void {
  const { reader, modelVersion, rowCount, values } = reading;
  const right = expected.at(modelVersion, rowCount);
  if (values.length !== right.length) throw new Violation(`I2: ${reader}: ${values.length} values`);
  const at = values.findIndex((value, i) => value !== right[i]);
  if (at < 0) return;
  const times = Math.round(right[at] - values[at]);
  const place = `row ${Math.floor(at / width)}, column ${at % width}`;
  throw new Violation(
    `I1/I2: ${reader} at version ${modelVersion}: ${place} is ${values[at]}, by the log ${right[at]} (${times} off)`,
  );
}

/** I2: what a head or a kept version names is there; and of what nothing names nothing is left. */
async function checkObjects(community: string, history: readonly Told[]): Promise<void> {
  const head = (await readHead(community))!;
  const manifests = [head, ...(await readVersions(community))].map(({ manifest }) => [...manifest.values()]);
  const named = new Set(manifests.flat().map((stored) => blockKey(community, stored)));
  const ofCommunity = objectKeys().filter((key) => key.startsWith(`${community}/`));
  const present = new Set(ofCommunity.filter((key) => !key.startsWith(`${community}/garbage/`)));
  for (const key of named) if (!present.has(key)) throw new Violation(`I2: ${key} is named and gone`);
  for (const key of present)
    if (!named.has(key)) throw new Violation(`${key} is garbage that no sweep finds`);
  const hasLeft = history.some(({ senders, restored }) => !senders && restored === undefined);
  if (hasLeft && !objectKeys().some((key) => key.startsWith(`_erasures/${community}/`)))
    throw new Violation("somebody left, and a restore of the tables would bring them back");
}

/** I3: the dead letters are the poison, each once. */
function checkDeadLetters(ledger: Ledger, dead: readonly Delivered[]): void {
  const ids = dead.map((message) => message.messageId).sort();
  const expected = [...ledger.poison].sort();
  if (ids.join() === expected.join()) return;
  const healthy = dead.filter((message) => !ledger.poison.has(message.messageId));
  throw new Violation(
    `I3: ${ids.length} dead letters, ${expected.length} poison messages; ${healthy.length} of them were gradients`,
  );
}

async function readTold(community: string): Promise<Told[]> {
  const history = await readHistory(community, 1, 10_000, clockMs());
  const withSum = async (commit: LoggedCommit): Promise<Told> => {
    const sum = commit.senders ? await readSum(community, commit.committedSum) : null;
    if (commit.senders && !sum?.sealed) throw new Violation(`I2: sum ${commit.committedSum} has no item`);
    return { ...commit, sum };
  };
  return Promise.all(history.map(withSum));
}

/** Throws the first violation; answers how many commits there were. */
export async function checkInvariants(
  ledger: Ledger,
  community: string,
  dead: readonly Delivered[],
): Promise<number> {
  const history = await readTold(community);
  checkHistory(history, ledger.latestVersion);
  const verdicts = verdictsOf(history);
  checkVerdicts(ledger, verdicts, history);
  for (const told of history) checkSenders(told, ledger);
  checkStatuses(ledger, verdicts);
  const expected = new ExpectedMatrix(ledger, history);
  for (const reading of ledger.readings) checkReading(reading, expected, ledger.width);
  await checkObjects(community, history);
  checkDeadLetters(ledger, dead);
  return history.length;
}
