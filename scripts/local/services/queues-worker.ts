/**
 * The thread of fauxqs. On a thread of its own it leaves the runtime's, which also runs the handlers, with 60 us of CPU
 * for each 3 KB message received and deleted, instead of 107.
 */
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { Server } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { startFauxqs } from "fauxqs";
import { type Cors, isPreflight, originHeaders, preflightAnswer } from "../gateway/cors.ts";

const { port, region, dataDir } = workerData as { port: number; region: string; dataDir?: string };

/** By the bucket's name. */
const corsOf = new Map<string, Cors>();

/** fauxqs knows no CORS: what a bucket lets pages do is said before it answers. */
function answerPages(server: HttpServer): void {
  const handlers = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const cors = corsOf.get(request.url?.split(/[/?]/)[1] ?? "");
    if (cors && isPreflight(request)) {
      const { statusCode, headers } = preflightAnswer(cors, request);
      response.writeHead(statusCode, headers).end();
      return;
    }
    const told = cors && originHeaders(cors, request);
    if (told) response.setHeaders(new Map(Object.entries(told)));
    for (const handler of handlers) handler.call(server, request, response);
  });
}

// fauxqs listens on every interface of the machine and has no option; these queues are for this machine alone.
const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, ...[options, ...others]: unknown[]) {
  const local = { ...(options as object), host: "127.0.0.1" };
  if (this instanceof HttpServer) answerPages(this);
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
parentPort!.on("message", (message: "stop" | { bucket: string; cors: Cors }) => {
  if (message !== "stop") {
    corsOf.set(message.bucket, message.cors);
    return;
  }
  parentPort!.close();
  void server.stop();
});
parentPort!.postMessage("ready");
