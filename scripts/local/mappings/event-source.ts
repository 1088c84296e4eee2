/** What the SQS and the stream mapping have in common. */

/** Lambda's limit for one invocation: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const invocationBytesMax = 6 * 1024 * 1024;

export interface EventSource {
  /** Resolves to true when nothing is waiting at the source and no invocation is running for it. */
  isIdle(): Promise<boolean>;
  /** Takes nothing more, and resolves when what was taken is done. */
  stop(): Promise<void>;
}

/**
 * Reads a ReportBatchItemFailures response: the identifiers that failed, empty when all is well, or undefined when the
 * whole batch counts as failed because the response is malformed or names an item that is not in the batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function batchItemFailures(response: unknown, identifiers: Set<string>): Set<string> | undefined {
  if (response === null || response === undefined) return new Set();
  if (typeof response !== "object") return undefined;
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) return undefined;
  const failed = new Set<string>();
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof identifier !== "string" || !identifiers.has(identifier)) return undefined;
    failed.add(identifier);
  }
  return failed;
}

/** Waits `ms` milliseconds, or less when `signal` fires. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
