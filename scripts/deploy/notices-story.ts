// Notices, deployed: a webhook on loopback gets a test and then the published round, signed; the bus has
// taken it too.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { type DeployedApi, eventually } from "./deployed-api.ts";

const TOLD_WITHIN_MS = 60_000;

type Notice = { type: string; data: { groups: { members: { userId: string }[] }[] } };

/** Makes the webhook, and returns the wait for its round. */
export async function openWebhook(
  api: DeployedApi,
  token: string,
  community: string,
  userIds: readonly string[],
): Promise<() => Promise<void>> {
  const received: { body: string; headers: Record<string, string> }[] = [];
  const receiver = createServer(async (request, response) => {
    received.push({ body: await text(request), headers: request.headers as Record<string, string> });
    response.end();
  });
  receiver.listen(0, "127.0.0.1").unref();
  await once(receiver, "listening");
  const path = `${community}/webhooks/app`;
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const body = { url, events: ["round.published"] };
  const made = await api.expect<{ secret: string }>(201, "PUT", path, { token, body });
  await api.expect(200, "POST", `${path}/rotate`, { token });
  const test = await api.expect<{ delivered: boolean }>(200, "POST", `${path}/test`, { token });
  if (!test.body.delivered) throw new Error(`A test is answered ${JSON.stringify(test.body)}`);
  return async () => {
    const { body, headers } = await eventually("a second delivery", TOLD_WITHIN_MS, async () => received[1]);
    const { type, data } = new Webhook(made.body.secret).verify(body, headers) as Notice; // the old one signs still
    const told = data.groups.flatMap(({ members }) => members.map(({ userId }) => userId)).sort();
    if (type !== "round.published" || told.join() !== userIds.join()) throw new Error(`${type}: ${told}`);
    type Log = { deliveries: { state: string }[] };
    const log = await api.expect<Log>(200, "GET", `${path}/deliveries`, { token });
    if (log.body.deliveries.length !== 2) throw new Error(JSON.stringify(log.body));
    await api.expect(200, "GET", `${community}/webhooks`, { token });
    await api.expect(204, "DELETE", path, { token });
    receiver.close();
  };
}
