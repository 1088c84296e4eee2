/**
 * What the system counts and measures of itself: collected during an invocation, then written as one line in CloudWatch's
 * embedded metric format, from which CloudWatch makes metrics. They have no dimensions, because each combination of values
 * would be billed as a metric of its own; the log lines of the same request name the community.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @aws-lambda-powertools/metrics writes the same lines, but adds 15 KB to each function: get-recommendations has 1 KB left of
 * the 250 that an API function may have.
 */
import type { Rejection } from "../domain/model/judging.ts";

const COUNTS = {
  GradientsGathered: "Count",
  GradientsExpired: "Count",
  GradientsMisshapen: "Count",
  GradientsStale: "Count",
  GradientsNotFinite: "Count",
  GradientsSuperseded: "Count",
  GradientsOfTooFew: "Count",
  GradientsLost: "Count",
  SumsStalled: "Count",
  ServerErrors: "Count",
  BytesRead: "Bytes",
  BytesWritten: "Bytes",
} as const;

const MEASUREMENTS = {
  SumSenders: "Count",
  CommitAttempts: "Count",
  CommitSeconds: "Seconds",
  DraftSeconds: "Seconds",
  MovedMembers: "Count",
} as const;

export type CountName = keyof typeof COUNTS;
export type MeasurementName = keyof typeof MEASUREMENTS;

/** What rejected gradients are counted as. */
export const REJECTION_COUNTS: Record<Rejection, CountName> = {
  expired: "GradientsExpired",
  shape: "GradientsMisshapen",
  stale: "GradientsStale",
  norm: "GradientsNotFinite",
  superseded: "GradientsSuperseded",
  "too-few": "GradientsOfTooFew",
  lost: "GradientsLost",
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
  const units = { ...COUNTS, ...MEASUREMENTS };
  for (let from = 0; collected.size > 0; from += VALUES_PER_LINE_MAX) {
    const values = [...collected].map(
      ([name, all]) => [name, all.slice(from, from + VALUES_PER_LINE_MAX)] as const,
    );
    const Metrics = values.map(([Name]) => ({ Name, Unit: units[Name] }));
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
