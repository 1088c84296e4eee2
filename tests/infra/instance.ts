/** A Lambda instance of its own inside a test: fresh copies of all of src, so fresh caches and clients over the same stores. */
import { jest } from "@jest/globals";
import type { Member } from "../../src/infra/member-store.ts";

export interface SentRequest {
  command: string;
  input: Record<string, unknown>;
}

/** What may happen around a request: throw to fail it, act to interfere with it. */
export type Interference = (request: SentRequest) => Promise<void> | void;

export async function startInstance() {
  jest.resetModules();
  const { dynamodb, sqs, s3 } = await import("../../src/infra/aws.ts");
  const requests: SentRequest[] = [];
  const interference: { before: Interference; after: Interference } = { before: () => {}, after: () => {} };
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      const request = { command: String(context.commandName), input: args.input as Record<string, unknown> };
      requests.push(request);
      await interference.before(request);
      const answer = await next(args);
      await interference.after(request);
      return answer;
    },
    { step: "initialize", name: "observed" },
  );
  const send = s3.send.bind(s3);
  s3.send = async (input) => {
    const request = { command: input.method, input: { ...input } };
    requests.push(request);
    await interference.before(request);
    const answer = await send(input);
    await interference.after(request);
    return answer;
  };
  return {
    dynamodb,
    sqs,
    /** All that this instance has sent to DynamoDB and, by their methods, to S3. */
    requests,
    interference,
    model: await import("../../src/infra/model-store.ts"),
    log: await import("../../src/infra/commit-log.ts"),
    sums: await import("../../src/infra/sum-store.ts"),
    statuses: await import("../../src/infra/gradient-status.ts"),
    heads: await import("../../src/infra/head-store.ts"),
    directory: await import("../../src/infra/directory-store.ts"),
    catalogue: await import("../../src/infra/catalogue-store.ts"),
    members: await import("../../src/infra/member-store.ts"),
    memberships: await import("../../src/infra/membership.ts"),
    reads: await import("../../src/infra/item-reads.ts"),
    rounds: await import("../../src/infra/round-store.ts"),
    schedule: await import("../../src/infra/schedule-store.ts"),
    seasons: await import("../../src/infra/season-store.ts"),
    counts: await import("../../src/infra/hour-counts.ts"),
    rate: await import("../../src/infra/rate-limit.ts"),
    transactions: await import("../../src/infra/transaction.ts"),
  };
}

export type TestInstance = Awaited<ReturnType<typeof startInstance>>;

/** The commands sent since, without the word Command. */
export function commandsOf(requests: readonly SentRequest[]): string[] {
  return requests.map(({ command }) => command.replace(/Command$/, ""));
}

export function memberOf(userId: string, row: number): Member {
  const memberId = `member-${userId}`;
  return {
    userId,
    memberId,
    row,
    learning: "local",
    paused: false,
    tags: {},
    blockedRows: [],
    isBanned: false,
    gradients: { hourStartMs: 0, count: 0 },
    changes: { hourStartMs: 0, count: 0 },
    modelReads: { hourStartMs: 0, count: 0 },
  };
}
