/**
 * Posts gradients as fast as the answers come, from a process of its own so that its CPU is told apart from the system's.
 * Plain sockets with keep-alive and prebuilt requests, because fetch takes 0.2 ms a request, a seventh of what the whole
 * system may take. Each connection has members of its own, one request at a time; only the id in a request changes.
 */
import { randomFillSync } from "node:crypto";
import { connect, type Socket } from "node:net";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";

export interface LoadRequest {
  port: number;
  path: string;
  /** One entry a member: token, and a gradient whose id stands as ID_PLACEHOLDER. */
  members: { token: string; body: string }[];
  connections: number;
  seconds: number;
}

export interface LoadResult {
  accepted: number;
  refused: number;
  /** The first refusal, for whoever wonders. */
  refusal?: string;
  firstPostMs: number;
  lastAnswerMs: number;
  cpuSeconds: number;
}

export const ID_PLACEHOLDER = "00000000-0000-7000-8000-000000000000";

interface Prebuilt {
  bytes: Buffer;
  idAt: number;
}

function prebuild({ port, path }: LoadRequest, { token, body }: LoadRequest["members"][number]): Prebuilt {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const bytes = Buffer.from(head + body);
  return { bytes, idAt: bytes.indexOf(ID_PLACEHOLDER) };
}

const noise = new Uint32Array(1024);
let noiseAt = noise.length;
function random(): number {
  if (noiseAt === noise.length) {
    randomFillSync(noise);
    noiseAt = 0;
  }
  return noise[noiseAt++] / 2 ** 32;
}

/** Where the answer that begins the text ends, or -1 as long as it has not come whole. */
function endOfAnswer(text: string): number {
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  if (bodyAt < 4) return -1;
  const length = /content-length: *(\d+)/i.exec(text);
  const end = bodyAt + Number(length?.[1] ?? 0);
  return text.length < end ? -1 : end;
}

/** Posts over one connection, member after member, until the deadline. */
async function post(port: number, members: Prebuilt[], deadlineMs: number, result: LoadResult) {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.setEncoding("latin1");
  let next = 0;
  await new Promise<void>((resolve, reject) => {
    const send = () => {
      if (performance.now() >= deadlineMs) {
        socket.end();
        return resolve();
      }
      const { bytes, idAt } = members[next++ % members.length];
      bytes.write(createUuidV7(Date.now(), random), idAt, "latin1");
      socket.write(bytes);
    };
    let answer = "";
    socket.on("data", (part: string) => {
      answer += part;
      const end = endOfAnswer(answer);
      if (end < 0) return;
      if (answer.startsWith("HTTP/1.1 202")) result.accepted++;
      else {
        result.refused++;
        result.refusal ??= answer;
      }
      answer = answer.slice(end);
      send();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("connect", send);
  });
}

async function run(request: LoadRequest): Promise<LoadResult> {
  const built = request.members.map((member) => prebuild(request, member));
  const cpu = process.cpuUsage();
  const result: LoadResult = {
    accepted: 0,
    refused: 0,
    firstPostMs: Date.now(),
    lastAnswerMs: 0,
    cpuSeconds: 0,
  };
  const deadlineMs = performance.now() + request.seconds * 1000;
  const connections = Array.from({ length: request.connections }, (_, connection) =>
    built.filter((_, member) => member % request.connections === connection),
  );
  await Promise.all(connections.map((members) => post(request.port, members, deadlineMs, result)));
  result.lastAnswerMs = Date.now();
  const { user, system } = process.cpuUsage(cpu);
  result.cpuSeconds = (user + system) / 1e6;
  return result;
}

process.on("message", async (request: LoadRequest) => {
  process.send!(await run(request));
});
