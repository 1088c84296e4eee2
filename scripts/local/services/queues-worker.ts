/**
 * The thread of fauxqs. On a thread of its own it leaves the runtime's, which also runs the handlers, with 60 us of CPU
 * for each 3 KB message received and deleted, instead of 107.
 */
import { createRequire } from "node:module";
import { Server } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { startFauxqs } from "fauxqs";

const { port, region, dataDir } = workerData as { port: number; region: string; dataDir?: string };

// fauxqs listens on every interface of the machine and has no option; these queues are for this machine alone.
const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, ...[options, ...others]: unknown[]) {
  const local = { ...(options as object), host: "127.0.0.1" };
  return Reflect.apply(listen, this, [local, ...others]);
};

// It waits for the disk after each write. Not doing so makes a kept queue four to nine times as fast, and only a power cut, not
// the end of this process, can cost the last messages: https://www.sqlite.org/pragma.html#pragma_synchronous
const exec = DatabaseSync.prototype.exec;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
  exec.call(this, sql);
  if (sql.includes("journal_mode = WAL")) exec.call(this, "PRAGMA synchronous = NORMAL");
};

// It takes bodies of 11 MiB, and has no option; the file of an import may have 1 GB, as in a PUT of S3.
const { prototype: bodyParsers } = createRequire(import.meta.resolve("fauxqs"))(
  "fastify/lib/content-type-parser.js",
) as { prototype: { add(type: unknown, options: { bodyLimit?: number }, read: unknown): void } };
const { add } = bodyParsers;
bodyParsers.add = function (type, options, read) {
  add.call(this, type, type === "*" ? { ...options, bodyLimit: 1_000_000_000 } : options, read);
};

const server = await startFauxqs({ port, defaultRegion: region, dataDir, logger: false });
parentPort!.once("message", () => {
  parentPort!.close();
  void server.stop();
});
parentPort!.postMessage("ready");
