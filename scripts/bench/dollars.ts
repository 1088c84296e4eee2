/** From what a number of gradients used to dollars a million. */
import type { Usage } from "./meter.ts";
import { AWS_ROUND_TRIP_MS, MB_PER_VCPU, prices, S3_ROUND_TRIP_MS } from "./prices.ts";
import { interquartileMean } from "./report.ts";

export interface CostLine {
  what: string;
  dollarsPerMillion: number;
}

/** Mean CPU of an invocation in that of the cycles which others on the machine disturbed least. */
function cpuMsOf(cpuMs: readonly number[], cycles: number): number {
  const size = cpuMs.length / cycles;
  const means = Array.from({ length: cycles }, (_, cycle) =>
    interquartileMean(cpuMs.slice(cycle * size, (cycle + 1) * size)),
  );
  return Math.min(...means);
}

/**
 * How long Lambda would bill for a step's invocations: the CPU time they took on this machine, stretched where the function
 * has less than a whole vCPU, and an assumed round trip for each request. A stand-in, not a measurement on Lambda.
 */
export function billedMs(
  { cpuMs, roundTrips, s3RoundTrips, waitedMs }: Usage,
  memoryMb: number,
  cycles: number,
): number {
  const stretch = Math.max(1, MB_PER_VCPU / memoryMb);
  const storesMs = roundTrips * AWS_ROUND_TRIP_MS + s3RoundTrips * S3_ROUND_TRIP_MS;
  return cpuMsOf(cpuMs, cycles) * cpuMs.length * stretch + storesMs + waitedMs;
}

export function dollarsOf<Step extends string>(
  usage: Record<Step, Usage>,
  memoryMb: Record<Step, number>,
  gradients: number,
  cycles: number,
): CostLine[] {
  const each = (dollars: number) => (dollars / gradients) * 1e6;
  const lines: CostLine[] = [{ what: "HTTP API requests", dollarsPerMillion: prices.httpApiRequest * 1e6 }];
  for (const step of Object.keys(usage) as Step[]) {
    const used = usage[step];
    const gbSeconds = ((billedMs(used, memoryMb[step], cycles) / 1000) * memoryMb[step]) / 1024;
    const dynamodb = used.readUnits * prices.readUnit + used.writeUnits * prices.writeUnit;
    const s3 = used.s3Writes * prices.s3Write + used.s3Reads * prices.s3Read;
    lines.push(
      { what: `${step}: Lambda requests`, dollarsPerMillion: each(used.cpuMs.length * prices.lambdaRequest) },
      { what: `${step}: Lambda duration`, dollarsPerMillion: each(gbSeconds * prices.lambdaGbSecond) },
      { what: `${step}: SQS`, dollarsPerMillion: each(used.sqsRequests * prices.sqsRequest) },
      { what: `${step}: DynamoDB`, dollarsPerMillion: each(dynamodb) },
      { what: `${step}: S3`, dollarsPerMillion: each(s3) },
    );
  }
  return lines.filter((line) => line.dollarsPerMillion > 0);
}
