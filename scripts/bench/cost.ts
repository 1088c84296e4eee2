/**
 * What a million gradients cost: requests and capacity units as the services report them, durations as measured here, prices
 * from prices.ts. Handlers are invoked one event at a time, as Lambda does, so no request is shared between events; a cycle
 * is one assignment interval at default settings: 12 commits of 100 gradients, 5 s apart, and one draft. Three cycles, because
 * a member's gradients are counted by the dozen.
 */
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { uniform } from "../../src/domain/random.ts";
import { gradientBody } from "./community.ts";
import { type CostLine, dollarsOf } from "./dollars.ts";
import {
  answered,
  apiEvent,
  contextOf,
  type Handler,
  loadHandler,
  queueEvent,
  streamEvent,
} from "./invocations.ts";
import { ID_PLACEHOLDER } from "./load-generator.ts";
import { nothingUsed, sqsRequestsOf, startMeter, stopMeter, type Usage } from "./meter.ts";
import type { CommitFigures } from "./month/commits.ts";
import type { Month } from "./month/month.ts";
import { type Stores, startStores } from "./stores.ts";

const MEMBERS = 300;
const GRADIENTS_PER_COMMIT = 100;
const COMMITS_PER_CYCLE = 12;
const CYCLES = 3;
const MESSAGES_PER_RECEIVE = 10;
const COMMUNITY = "cost";
const SHAPE = { rowCount: MEMBERS, rows: 64, factors: 16, encoding: "f32" } as const;

export type Step = "submit" | "apply" | "assign";

export interface CostFigures {
  gradients: number;
  usage: Record<Step, Usage>;
  lines: CostLine[];
  /** Dollars a million gradients, of all lines. */
  total: number;
}

interface Handlers {
  put: Handler;
  join: Handler;
  submit: Handler;
  apply: Handler;
  assign: Handler;
}

async function loadHandlers(): Promise<Handlers> {
  return {
    put: await loadHandler("put-community"),
    join: await loadHandler("join-community"),
    submit: await loadHandler("submit-gradient"),
    apply: await loadHandler("apply-gradients"),
    assign: await loadHandler("assign-groups"),
  };
}

const httpEvent = (sub: string, body: string) => apiEvent({ community: COMMUNITY, sub, body });

const headEvent = streamEvent(COMMUNITY);
const delayedEvent = queueEvent([JSON.stringify({ community: COMMUNITY })]);

/** Takes the messages of a commit as Lambda's pollers do, ten a request, and deletes them so; counts what SQS bills. */
export async function poll(sqs: SQSClient, usage: Usage, count = GRADIENTS_PER_COMMIT): Promise<Message[]> {
  const QueueUrl = process.env.GRADIENTS_QUEUE;
  const messages: Message[] = [];
  while (messages.length < count) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: MESSAGES_PER_RECEIVE }),
    );
    messages.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    usage.sqsRequests += sqsRequestsOf(Messages.map((message) => message.Body)) + 1;
  }
  return messages;
}

/** A prebuilt body as posted against the model of now, so that it is not stale. */
function bodyOf(prebuilt: string, id: string, modelVersion: number): string {
  return prebuilt.replace(ID_PLACEHOLDER, id).replace('"modelVersion":0', `"modelVersion":${modelVersion}`);
}

type Measure = (step: Step, invocation: () => Promise<unknown>) => Promise<void>;

async function runCycle(
  handlers: Handlers,
  bodies: string[],
  cycle: number,
  measure: Measure,
  receive: () => Promise<Message[]>,
): Promise<void> {
  const random = uniform(cycle);
  let member = 0;
  for (let commit = 0; commit < COMMITS_PER_CYCLE; commit++) {
    for (let gradient = 0; gradient < GRADIENTS_PER_COMMIT; gradient++) {
      const modelVersion = cycle * COMMITS_PER_CYCLE + commit;
      const body = bodyOf(bodies[member], createUuidV7(Date.now(), random), modelVersion);
      const event = httpEvent(`member-${member}`, body);
      await measure("submit", () => answered([202], handlers.submit(event, contextOf())));
      member = (member + 1) % MEMBERS;
    }
    const records = (await receive()).map(({ MessageId, Body }) => ({ messageId: MessageId, body: Body }));
    await measure("apply", () => handlers.apply({ Records: records }, contextOf()));
    await measure("assign", () => handlers.assign(headEvent, contextOf()));
  }
  // The delayed message finds the draft's interval over.
  const settings = (assignmentIntervalSeconds: number) =>
    answered(
      [200],
      handlers.put(
        httpEvent("operator", JSON.stringify({ settings: { assignmentIntervalSeconds } })),
        contextOf(),
      ),
    );
  await settings(0);
  await measure("assign", () => handlers.assign(delayedEvent, contextOf()));
  await settings(60);
}

async function prepare(handlers: Handlers): Promise<void> {
  // A batch of 100 members has its senders, and the next one comes when it has waited long enough.
  const body = JSON.stringify({ settings: { sumSecondsMin: 0 } });
  await answered([200, 201], handlers.put(httpEvent("operator", body), contextOf()));
  for (let member = 0; member < MEMBERS; member++) {
    await answered([200, 201], handlers.join(httpEvent(`member-${member}`, "{}"), contextOf()));
  }
  await handlers.assign(headEvent, contextOf());
}

/** Rejected gradients would be cheaper ones. */
async function requireAllApplied(): Promise<void> {
  const { readHistory } = await import("../../src/infra/commit-log.ts");
  const commits = await readHistory(COMMUNITY, 1, 2 * CYCLES * COMMITS_PER_CYCLE, Date.now());
  const applied = commits.reduce((sum, commit) => sum + commit.applied.length, 0);
  const posted = 2 * CYCLES * COMMITS_PER_CYCLE * GRADIENTS_PER_COMMIT;
  if (applied !== posted) throw new Error(`posted ${posted}, applied ${applied}`);
}

async function measure(stores: Stores, seed: number): Promise<CostFigures> {
  const handlers = await loadHandlers();
  const { sqs } = await import("../../src/infra/aws.ts");
  await prepare(handlers);
  const bodies = Array.from({ length: MEMBERS }, (_, member) => gradientBody(seed + member, SHAPE));
  // First unmeasured: the first count of an hour writes twice, and imports cost time.
  const plainly: Measure = async (_, invocation) => void (await invocation());
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await runCycle(handlers, bodies, cycle, plainly, () => poll(sqs, nothingUsed()));
  }
  const usage = { submit: nothingUsed(), apply: nothingUsed(), assign: nothingUsed() };
  const meter = startMeter();
  const metered: Measure = (step, invocation) => meter(usage[step], invocation);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    await runCycle(handlers, bodies, CYCLES + cycle, metered, () => poll(sqs, usage.apply));
  }
  stopMeter();
  await requireAllApplied();
  const gradients = CYCLES * COMMITS_PER_CYCLE * GRADIENTS_PER_COMMIT;
  const memoryOf = (name: string) =>
    stores.template.functions[name].memorySize ?? stores.template.provider.memorySize;
  const memoryMb = {
    submit: memoryOf("submit-gradient"),
    apply: memoryOf("apply-gradients"),
    assign: memoryOf("assign-groups"),
  };
  const lines = dollarsOf(usage, memoryMb, gradients, CYCLES);
  return { gradients, usage, lines, total: lines.reduce((sum, line) => sum + line.dollarsPerMillion, 0) };
}

export interface CostOfAll {
  million: CostFigures;
  commits: CommitFigures[];
  months: Month[];
}

export async function measureCost(seed: number): Promise<CostOfAll> {
  const stores = await startStores();
  try {
    const million = await measure(stores, seed);
    const { measureCommits } = await import("./month/commits.ts");
    const { measureMonths } = await import("./month/month.ts");
    const commits = await measureCommits(stores, seed);
    return { million, commits, months: await measureMonths(stores, seed) };
  } finally {
    await stores.stop();
  }
}
