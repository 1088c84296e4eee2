/**
 * The recipes as they are, behind a community's webhooks and before services that answer as Slack and SES do.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { found } from "../e2e/caller.ts";
import { type Receiver, startReceiver } from "../e2e/receiver.ts";
import { operator, startSystem, system } from "../e2e/system.ts";

const PEOPLE = ["ana@example.com", "bo@example.com", "cy@example.com", "di@example.com"];

let service: Receiver;
const recipes: Server[] = [];

startSystem();
beforeAll(async () => {
  service = await startReceiver();
});
afterAll(async () => {
  await service.stop();
  for (const recipe of recipes) recipe.close();
});

/** A community with a webhook to the recipe, whose environment it makes. */
async function follow(community: string, recipe: string, environment: Record<string, string>): Promise<void> {
  await found(system, community, PEOPLE, { groupSize: 2 });
  const path = `/communities/${community}/webhooks/app`;
  const events = ["round.published"];
  const at = (url: string) => operator<{ secret: string }>("PUT", path, { body: { url, events } });
  const { secret } = (await at("http://127.0.0.1:65535/")).body;
  Object.assign(process.env, { WEBHOOK_SECRET: secret, PORT: "0", ...environment });
  const { server } = (await import(`../../examples/${recipe}.ts`)) as { server: Server };
  recipes.push(server);
  await at(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

async function publish(community: string) {
  await operator("POST", `/communities/${community}/rounds`);
  await system.drain();
  const path = `/communities/${community}/webhooks/app/deliveries`;
  const { body } = await operator<{ deliveries: { status: number }[] }>("GET", path);
  expect(body.deliveries.map(({ status }) => status)).toEqual([204]);
}

test("each group gets a Slack channel with its members in it", async () => {
  service.answer = (response, { path, body }) => {
    const args = Object.fromEntries(new URLSearchParams(body));
    const isTaken = path === "/conversations.create" && args.name.endsWith("-1");
    const answers: Record<string, object> = {
      "/conversations.create": isTaken
        ? { ok: false, error: "name_taken" }
        : { ok: true, channel: { id: `C-${args.name}`, name: args.name } },
      "/conversations.list": { ok: true, channels: [{ id: "C-found", name: "slack-1-1" }] },
      "/users.lookupByEmail": { ok: true, user: { id: `U-${args.email}` } },
      "/conversations.invite": { ok: true },
      "/chat.postMessage": { ok: true },
    };
    response.end(JSON.stringify(answers[path]));
  };
  await follow("slack", "slack-channel-per-group", { SLACK_API: service.url, SLACK_TOKEN: "xoxb-1" });
  await publish("slack");
  expect(service.received.every(({ headers }) => headers.authorization === "Bearer xoxb-1")).toBe(true);
  const calls = (path: string) =>
    service.received
      .filter((one) => one.path === path)
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(calls("/conversations.create").map(({ name }) => name)).toEqual(["slack-1-0", "slack-1-1"]);
  const invites = calls("/conversations.invite");
  expect(invites.map(({ channel }) => channel)).toEqual(["C-slack-1-0", "C-found"]);
  const invited = invites.flatMap(({ users }) => users.split(",")).sort();
  expect(invited).toEqual(PEOPLE.map((address) => `U-${address}`));
  expect(calls("/chat.postMessage").map(({ channel }) => channel)).toEqual(["C-slack-1-0", "C-found"]);
});

test("each group gets one mail by SES", async () => {
  service.received.length = 0;
  service.answer = (response) =>
    response.setHeader("content-type", "application/json").end(JSON.stringify({ MessageId: "1" }));
  const environment = { AWS_ENDPOINT_URL_SESV2: service.url, MAIL_FROM: "rounds@example.com" };
  await follow("mail", "mail-by-ses", environment);
  await publish("mail");
  const mails = service.received.map(({ path, body }) => [path, JSON.parse(body)] as const);
  expect(mails.map(([path]) => path)).toEqual(["/v2/email/outbound-emails", "/v2/email/outbound-emails"]);
  expect(mails.map(([, mail]) => mail)).toEqual([
    expect.objectContaining({ FromEmailAddress: "rounds@example.com" }),
    expect.objectContaining({ FromEmailAddress: "rounds@example.com" }),
  ]);
  expect(mails.flatMap(([, mail]) => mail.Destination.ToAddresses).sort()).toEqual(PEOPLE);
});
