/** The thread of fauxqs: its work for each message stays off the thread that runs the handlers. */
import { Server } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { startFauxqs } from "fauxqs";

const { port, region, dataDir } = workerData as { port: number; region: string; dataDir?: string };

// fauxqs listens on every interface of the machine and has no option; these queues are for this machine alone.
const listen = Server.prototype.listen;
Server.prototype.listen = function (this: Server, ...[options, ...others]: unknown[]) {
  const local = { ...(options as object), host: "127.0.0.1" };
  return Reflect.apply(listen, this, [local, ...others]);
};

const server = await startFauxqs({ port, defaultRegion: region, dataDir, logger: false });
parentPort!.once("message", () => {
  parentPort!.close();
  void server.stop();
});
parentPort!.postMessage("ready");
