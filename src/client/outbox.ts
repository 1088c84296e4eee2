/**
 * What left the device and what will: the gradient that waits to be sent, kept until the server has it, and a record of every
 * request, for a person to read.
 */
import { DAY_MS } from "../domain/limits.ts";
import type { EncodedValues } from "../domain/messages/value-encoding.ts";
import { readJson, type Storage, updateJson } from "./storage.ts";

export type GradientBody = { id: string; modelVersion: number; rows: number[] } & EncodedValues;

/** A report that waits; of its values nobody but the two servers together can read the sum with others'. */
export interface WaitingReport {
  id: string;
  modelVersion: number;
  sum: number;
  /** The very bytes, in base64. */
  report: string;
}

/** The state that decides what may be reported; all fields change in one update. */
export interface Reports {
  waiting: WaitingReport | null;
  /** The last that was sent, until it is known what became of it. */
  sent: { id: string; modelVersion: number } | null;
  /** The newest model version that a report was made against, of those that count or may. */
  lastModelVersion: number | null;
}

export interface OutboxEntry {
  /** ISO 8601, by the device's clock. */
  at: string;
  request: string;
  bytes: number;
  /** What it is, in words. */
  summary: string;
  /** The very body; null for a request without one, or where it was too much to keep. */
  body: string | null;
}

export interface Outbox {
  /** Made but not yet taken by the server. */
  waiting: (GradientBody | WaitingReport)[];
  /** Latest first. */
  sent: OutboxEntry[];
}

/** The state that decides what may be contributed; both fields change in one update. */
export interface Contributions {
  waiting: GradientBody | null;
  /** The newest model version that a gradient of this member was made against; null before the first. */
  lastModelVersion: number | null;
  /** Privacy loss of all noised gradients so far: zero-concentrated, so that losses add. */
  rho: number;
}

/** What a gradient tells of its sender, and how much all together may. */
export interface PrivacyLoss {
  rho: number;
  rhoMax: number;
}

const CONTRIBUTIONS = "contributions";
const SENT = "sent";

/**
 * How much of what was sent a device keeps for a person to read. The record is rewritten with each request.
 */
export interface OutboxBounds {
  /** 30 by default. */
  days?: number;
  /** Requests, the latest; 500 by default. */
  entriesMax?: number;
  /** Of all bodies together, in characters; a million by default. The latest body is always kept. */
  bodiesMax?: number;
}
const NOTHING: Contributions = { waiting: null, lastModelVersion: null, rho: 0 };

export async function readOutbox(storage: Storage): Promise<Outbox> {
  const { waiting } = await readJson(storage, CONTRIBUTIONS, NOTHING);
  const report = (await readReports(storage)).waiting;
  const all = [waiting, report].filter((one) => one !== null);
  return { waiting: all, sent: entriesIn(await storage.read(SENT)) };
}

const REPORTS = "reports";
const NO_REPORTS: Reports = { waiting: null, sent: null, lastModelVersion: null };

export function readReports(storage: Storage): Promise<Reports> {
  return readJson(storage, REPORTS, NO_REPORTS);
}

export function changeReports(storage: Storage, change: (before: Reports) => Reports): Promise<Reports> {
  return updateJson(storage, REPORTS, NO_REPORTS, change);
}

export async function forgetReports(storage: Storage): Promise<void> {
  await storage.update(REPORTS, () => null);
}

export function readContributions(storage: Storage): Promise<Contributions> {
  return readJson(storage, CONTRIBUTIONS, NOTHING);
}

/**
 * Puts a gradient to be sent, unless one waits already or one was made against this model version: whoever comes second,
 * another tab or a retry after a crash, finds the first and sends that. Nor does it put one whose privacy loss `rho` would
 * bring the total past `rhoMax`. Answers what waits.
 */
export async function putGradient(
  storage: Storage,
  gradient: GradientBody,
  { rho, rhoMax }: PrivacyLoss,
): Promise<GradientBody | null> {
  const { waiting } = await updateJson(storage, CONTRIBUTIONS, NOTHING, (before) => {
    const isTaken = before.waiting !== null || gradient.modelVersion <= (before.lastModelVersion ?? -1);
    if (isTaken || before.rho + rho > rhoMax) return before;
    return { waiting: gradient, lastModelVersion: gradient.modelVersion, rho: before.rho + rho };
  });
  return waiting;
}

/**
 * Gives the waiting gradient another id, for one that the server refused because it lies in the future. It refused it at each
 * earlier attempt too, so it has not counted it. The values stay, and with them the privacy that they cost.
 */
export async function restampGradient(
  storage: Storage,
  id: string,
  newId: string,
): Promise<GradientBody | null> {
  const { waiting } = await updateJson(storage, CONTRIBUTIONS, NOTHING, (before) =>
    before.waiting?.id === id ? { ...before, waiting: { ...before.waiting, id: newId } } : before,
  );
  return waiting;
}

/** The gradient is the server's now, or will never be: it no longer waits. */
export async function takeGradient(storage: Storage, id: string): Promise<void> {
  await updateJson(storage, CONTRIBUTIONS, NOTHING, (before) =>
    before.waiting?.id === id ? { ...before, waiting: null } : before,
  );
}

/** The newest model version that anything was made against; null before the first. */
export async function lastContributedVersion(storage: Storage): Promise<number | null> {
  const versions = [
    (await readContributions(storage)).lastModelVersion,
    (await readReports(storage)).lastModelVersion,
  ];
  return versions.reduce((last, version) => (version === null ? last : Math.max(version, last ?? 0)), null);
}

/** Another model: what was contributed to the old one does not count. What it told of the member does. */
export async function forgetContributions(storage: Storage): Promise<void> {
  await forgetReports(storage);
  await updateJson(storage, CONTRIBUTIONS, NOTHING, ({ rho }) => ({ ...NOTHING, rho }));
}

/** The entries of a record; none of a damaged one. Only a person reads them, so that is no reason to send nothing more. */
function entriesIn(text: string | null): OutboxEntry[] {
  try {
    const entries: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(entries) ? entries : [];
  } catch {
    return [];
  }
}

/** The entries that are young enough, with as many of the latest bodies as there is room for. */
function bounded(entries: readonly OutboxEntry[], nowMs: number, bounds: OutboxBounds): OutboxEntry[] {
  const { days = 30, entriesMax = 500, bodiesMax = 1_000_000 } = bounds;
  const kept = entries.filter(({ at }) => nowMs - Date.parse(at) <= days * DAY_MS).slice(0, entriesMax);
  let room = bodiesMax;
  return kept.map((entry, n) => {
    room -= entry.body?.length ?? 0;
    return room < 0 && n > 0 ? { ...entry, body: null } : entry;
  });
}

export async function recordRequest(
  storage: Storage,
  entry: OutboxEntry,
  bounds: OutboxBounds,
): Promise<void> {
  const nowMs = Date.parse(entry.at);
  await storage.update(SENT, (text) => JSON.stringify(bounded([entry, ...entriesIn(text)], nowMs, bounds)));
}

/** What a member changes on the server, by method and path. */
const CHANGES: readonly [RegExp, string][] = [
  [/^PUT .*\/user-factors$/, "your user factors, for group matching"],
  [/^DELETE .*\/user-factors$/, "takes your user factors back"],
  [/^PUT .*\/blocks\//, "blocks a member, who is not told"],
  [/^DELETE .*\/blocks\//, "takes a block back"],
  [/^PUT .*\/availability$/, "tells when you can meet"],
  [/^DELETE .*\/availability$/, "takes back when you can meet"],
  [/^PUT .*\/feedback$/, "tells how your group's meeting went"],
  [/^PUT \/members\/me$/, "joins the community, or changes how you take part"],
  [/^DELETE \/members\/me$/, "leaves the community"],
];

/** One line on a request for the person whose device sent it. */
export function summaryOf(method: string, path: string, body: string | null): string {
  if (method === "POST" && path.startsWith("/gradients") && body !== null) {
    const { rows, modelVersion, encoding } = JSON.parse(body) as GradientBody;
    return `a gradient of ${rows.length} rows against model ${modelVersion}, as ${encoding}`;
  }
  if (method === "POST" && path.startsWith("/ratings") && body !== null)
    return `${JSON.parse(body).length} of your ratings, for the server to learn from`;
  if (method === "POST" && path.startsWith("/sums/"))
    return "one share of a gradient, and sealed for the helper what the other follows from";
  if (path === "") return "asks for the community's settings and its open sum";
  if (path === "/hpke") return "asks the helper for the key to seal for";
  if (path.endsWith("/keys/me"))
    return method === "PUT" ? "registers a key with the helper" : "takes the key back from the helper";
  const change = CHANGES.find(([of]) => of.test(`${method} ${path}`));
  if (change) return change[1];
  return `asks for ${path.split("?")[0].slice(1).replaceAll("/", " ")}`;
}
