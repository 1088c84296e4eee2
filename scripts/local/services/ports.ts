/**
 * Free ports for the parts. A part gets the same port again when a system is started a second time in one process,
 * so that SDK clients which handler modules made and kept still reach it.
 */
import { createServer } from "node:net";

const given = new Map<string, number>();

/** Returns a port of 127.0.0.1 that nobody listens on, the same for a `part` each time. */
export async function portFor(part: string): Promise<number> {
  const before = given.get(part);
  if (before !== undefined) return before;
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  given.set(part, address.port);
  return address.port;
}
