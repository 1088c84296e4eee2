/** The directory that keeps a system's state across restarts; one system at a time may have it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Takes the directory, made if need be; throws when another process has it. Returns how to give it back. */
export function takeDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  // SQLite's lock is the kernel's: it ends with the process, however that ends.
  const lock = new DatabaseSync(join(dataDir, "lock.db"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw new Error(`${dataDir} is in use by another system`, { cause: error });
  }
  return () => lock.close();
}
