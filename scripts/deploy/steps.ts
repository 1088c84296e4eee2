// The steps of the deployment test: one line each, with its seconds, and a count at the end.

export type Steps = ReturnType<typeof createSteps>;

export function createSteps(print: (line: string) => void = console.log) {
  const counts = { passed: 0, failed: 0, skipped: 0 };

  /** Runs a step. A failed step throws on: what follows it would fail for the same reason. */
  async function step<T>(name: string, action: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    try {
      const value = await action();
      counts.passed++;
      print(`ok    ${name} (${seconds()})`);
      return value;
    } catch (error) {
      counts.failed++;
      print(`FAIL  ${name} (${seconds()})`);
      throw error;
    }
  }

  return {
    step,
    skip(name: string, reason: string): void {
      counts.skipped++;
      print(`SKIP  ${name}: ${reason}`);
    },
    note: (text: string) => print(`note  ${text}`),
    /** The closing line; tells whether all went well. */
    close(): boolean {
      const skipped = counts.skipped ? `, ${counts.skipped} skipped` : "";
      print(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
      return counts.failed === 0;
    },
  };
}
