/**
 * A receiver of webhooks that sends each group of a published round one mail by Amazon SES, to all of its
 * members, so that they can answer each other.
 * WEBHOOK_SECRET=whsec_... MAIL_FROM=rounds@example.com node examples/mail-by-ses.ts
 */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { Webhook } from "standardwebhooks";

const { WEBHOOK_SECRET = "", MAIL_FROM = "", PORT = "8080" } = process.env;
const webhook = new Webhook(WEBHOOK_SECRET);
const ses = new SESv2Client();

type Group = { groupId: string; members: { userId: string }[] };
type Notice = { id: string; type: string; data: { community: string; round: number; groups: Group[] } };

/** Your identity provider knows the address of a `sub`; here it is the address. */
const addressOf = ({ userId }: { userId: string }) => userId;

/** A notice may come twice, and SES would send its mails twice: a real receiver keeps this in a table. */
const sent = new Set<string>();

async function mailGroup({ id, data }: Notice, { groupId, members }: Group): Promise<void> {
  if (sent.has(`${id} ${groupId}`) || members.length === 0) return;
  const subject = `${data.community}: your group of round ${data.round}`;
  const body = "You are a group now. Answer to all, and find a time to meet.";
  await ses.send(
    new SendEmailCommand({
      FromEmailAddress: MAIL_FROM,
      Destination: { ToAddresses: members.map(addressOf) },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: body } } } },
    }),
  );
  sent.add(`${id} ${groupId}`);
}

/** A receiver has ten seconds: for hundreds of groups, put the notice into a queue of your own here. */
export const server = createServer(async (request, response) => {
  try {
    const headers = request.headers as Record<string, string>;
    const notice = webhook.verify(await text(request), headers) as Notice;
    const groups = notice.type === "round.published" ? notice.data.groups : [];
    for (const group of groups) await mailGroup(notice, group);
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(500).end(String(error)); // it comes again
  }
}).listen(Number(PORT));
