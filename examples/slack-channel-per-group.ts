/**
 * A receiver of webhooks that opens a Slack channel for each group of a published round, invites its members
 * and greets them.
 * WEBHOOK_SECRET=whsec_... SLACK_TOKEN=xoxb-... node examples/slack-channel-per-group.ts
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const { WEBHOOK_SECRET = "", SLACK_TOKEN = "", PORT = "8080" } = process.env;
const SLACK_API = process.env.SLACK_API ?? "https://slack.com/api";
const webhook = new Webhook(WEBHOOK_SECRET);

type Group = { groupId: string; members: { userId: string }[] };
type Notice = { type: string; data: { community: string; groups: Group[] } };
type Channel = { id: string; name: string };
type Answer = { ok: boolean; error?: string; channel: Channel; channels: Channel[]; user: { id: string } };

/** Your identity provider knows the address of a `sub`; here it is the address. */
const addressOf = (userId: string) => userId;

async function slack(method: string, args: Record<string, string>, isFine = ""): Promise<Answer> {
  const headers = { authorization: `Bearer ${SLACK_TOKEN}` };
  const body = new URLSearchParams(args);
  const response = await fetch(`${SLACK_API}/${method}`, { method: "POST", headers, body });
  const answer = (await response.json()) as Answer;
  if (!answer.ok && answer.error !== isFine) throw new Error(`${method}: ${answer.error}`);
  return answer;
}

/** A notice may come twice: then the channel is there, and what is missing is done. */
async function openChannel(community: string, { groupId, members }: Group): Promise<void> {
  const name = `${community}-${groupId}`.toLowerCase().replaceAll(".", "-");
  const made = await slack("conversations.create", { name, is_private: "true" }, "name_taken");
  const list = () => slack("conversations.list", { types: "private_channel", limit: "1000" });
  const channel = made.ok ? made.channel : (await list()).channels.find((one) => one.name === name)!;
  const lookUp = ({ userId }: { userId: string }) =>
    slack("users.lookupByEmail", { email: addressOf(userId) });
  const users = (await Promise.all(members.map(lookUp))).map(({ user }) => user.id).join(",");
  await slack("conversations.invite", { channel: channel.id, users }, "already_in_channel");
  await slack("chat.postMessage", {
    channel: channel.id,
    text: "You are a group now. Who says hello first?",
  });
}

/** A receiver has ten seconds: for hundreds of groups, put the notice into a queue of your own here. */
export const server = createServer(async (request, response) => {
  try {
    const headers = request.headers as Record<string, string>;
    const { type, data } = webhook.verify(await text(request), headers) as Notice;
    if (type === "round.published") for (const group of data.groups) await openChannel(data.community, group);
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(500).end(String(error)); // it comes again
  }
}).listen(Number(PORT));
