/**
 * EventBridge for one machine: it takes PutEvents over AWS's JSON protocol and keeps the last events, since
 * no npm package serves it. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { accountId, type Resources } from "../template/resources.ts";
import type { Template } from "../template/template.ts";
import { portFor } from "./ports.ts";

/** As it was put; its Detail is JSON. */
export interface PutEvent {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Detail: string;
}

export interface Events {
  url: string;
  /** The last ones, oldest first. */
  events: PutEvent[];
  stop(): Promise<void>;
}

const EVENTS_KEPT_MAX = 1_000;
/** EventBridge's own bound of an entry. */
const ENTRY_BYTES_MAX = 256 * 1024;

export async function startEvents(): Promise<Events> {
  const port = await portFor("events");
  const events: PutEvent[] = [];
  const server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await text(request)) as { Entries: PutEvent[] };
    const isPut = request.headers["x-amz-target"] === "AWSEvents.PutEvents";
    const isFit = Entries?.every((entry) => Buffer.byteLength(JSON.stringify(entry)) <= ENTRY_BYTES_MAX);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (!isPut || !isFit) {
      response.writeHead(400).end(JSON.stringify({ __type: "ValidationException", message: "not local" }));
      return;
    }
    events.push(...Entries);
    events.splice(0, events.length - EVENTS_KEPT_MAX);
    const put = Entries.map(() => ({ EventId: randomUUID() }));
    response.end(JSON.stringify({ FailedEntryCount: 0, Entries: put }));
  });
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(port, "127.0.0.1", resolve),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    events,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Adds the buses of the template to `resources`; PutEvents takes any name. */
export function nameBuses({ provider, buses }: Template, resources: Resources): void {
  for (const [id, { Name }] of Object.entries(buses)) {
    const arn = `arn:aws:events:${provider.region}:${accountId}:event-bus/${Name}`;
    resources.set(id, { ref: Name, attributes: { Arn: arn, Name } });
  }
}
