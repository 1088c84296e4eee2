/**
 * What the system counts and measures of itself: collected during an invocation, then written as one line in CloudWatch's
 * embedded metric format, from which CloudWatch makes metrics. They have no dimensions, because each combination of values
 * would be billed as a metric of its own; the log lines of the same request name the community.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @aws-lambda-powertools/metrics writes the same lines, but adds 15 KB to each function, and the largest API functions are at
 * their 250 KB already.
 */
import type { Rejection } from "../domain/model/judging.ts";

export type CountName =
  | "GradientsGathered"
  | "GradientsExpired"
  | "GradientsMisshapen"
  | "GradientsStale"
  | "GradientsNotFinite"
  | "GradientsSuperseded"
  | "GradientsOfTooFew"
  | "GradientsLost"
  | "ReportsLate"
  | "ReportsRefused"
  | "SumsStalled"
  | "ServerErrors"
  | "BytesRead"
  | "BytesWritten";

export type MeasurementName =
  | "SumSenders"
  | "CommitAttempts"
  | "CommitSeconds"
  | "DraftSeconds"
  | "MovedMembers";

function unitOf(name: string): string {
  if (name.endsWith("Seconds")) return "Seconds";
  return name.startsWith("Bytes") ? "Bytes" : "Count";
}

/** What rejected gradients are counted as. */
export const REJECTION_COUNTS: Record<Rejection, CountName> = {
  expired: "GradientsExpired",
  shape: "GradientsMisshapen",
  stale: "GradientsStale",
  norm: "GradientsNotFinite",
  superseded: "GradientsSuperseded",
  "too-few": "GradientsOfTooFew",
  lost: "GradientsLost",
  late: "ReportsLate",
  unreadable: "ReportsRefused",
  unauthentic: "ReportsRefused",
  twice: "ReportsRefused",
  "set-aside": "ReportsRefused",
};

/** The format takes no more values of a metric in one line. */
const VALUES_PER_LINE_MAX = 100;

/** Of the invocation that runs. Where several share a process, their sum is written by whichever ends first. */
const collected = new Map<CountName | MeasurementName, number[]>();

/** Adds to a count. */
export function count(name: CountName, by = 1): void {
  if (by > 0) collected.set(name, [(collected.get(name)?.[0] ?? 0) + by]);
}

/** Adds a value to a distribution. */
export function measure(name: MeasurementName, value: number): void {
  const values = collected.get(name);
  if (values) values.push(value);
  else collected.set(name, [value]);
}

/**
 * Writes what was collected. Straight to the standard output: what goes through `console` Lambda wraps into a log line of its
 * own. Without a namespace (the local runtime has no CloudWatch) nothing is written.
 */
export function writeMetrics(requestId: string): void {
  const Namespace = process.env.METRICS_NAMESPACE;
  for (let from = 0; collected.size > 0; from += VALUES_PER_LINE_MAX) {
    const values = [...collected].map(
      ([name, all]) => [name, all.slice(from, from + VALUES_PER_LINE_MAX)] as const,
    );
    const Metrics = values.map(([Name]) => ({ Name, Unit: unitOf(Name) }));
    const CloudWatchMetrics = [{ Namespace, Dimensions: [[]], Metrics }];
    const line = {
      _aws: { Timestamp: Date.now(), CloudWatchMetrics },
      requestId,
      ...Object.fromEntries(values),
    };
    if (Namespace) process.stdout.write(`${JSON.stringify(line)}\n`);
    for (const [name, all] of collected) if (all.length <= from + VALUES_PER_LINE_MAX) collected.delete(name);
  }
}
