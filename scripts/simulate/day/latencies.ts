/** How long requests took, by what was asked. */

/** Of the path, what is somebody's or some number's. */
const NAMES = /\/(communities|blocks)\/[^/?]+/g;

export class Latencies {
  private readonly byCall = new Map<string, number[]>();
  /** Answered with 5xx, or not at all. */
  failures = 0;

  readonly heard = (ms: number, status: number, what: string): void => {
    if (status === 0 || status >= 500) this.failures++;
    const call = what.replace(/\?.*/, "").replace(NAMES, "/$1/..").replace("/communities/..", "C");
    const all = this.byCall.get(call) ?? [];
    this.byCall.set(call, all);
    all.push(ms);
  };

  get requests(): number {
    return [...this.byCall.values()].reduce((sum, all) => sum + all.length, 0);
  }

  /** A line a call. */
  lines(): string[] {
    const line = (call: string, all: number[]) => {
      const sorted = all.sort((a, b) => a - b);
      const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))]);
      return `  ${call}: ${all.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
    };
    const every = [...this.byCall.values()].flat();
    return [...[...this.byCall].map(([call, all]) => line(call, all)), line("all", every)];
  }
}
