/** How far each mapping has read each shard, in a file of the data directory, so that a restart goes on there. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Checkpoints {
  /** The sequence number read last, if any. */
  load(shard: string): string | undefined;
  save(shard: string, sequenceNumber: string): void;
}

/** Kept in memory alone without `dataDir`. */
export function openCheckpoints(dataDir?: string): Checkpoints {
  const file = dataDir && join(dataDir, "streams.json");
  const positions: Record<string, string> =
    file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return {
    load: (shard) => positions[shard],
    save(shard, sequenceNumber) {
      positions[shard] = sequenceNumber;
      if (!file) return;
      writeFileSync(`${file}.new`, JSON.stringify(positions, null, 2));
      renameSync(`${file}.new`, file); // whole or not at all
    },
  };
}
