// Four people, each with a device of their own, become two groups that share an hour. `npm start` must run.
import { createServer } from "node:http";
import { TertuliaClient } from "tertulia";
import { OperatorClient } from "tertulia/operator"; // for your backend, which runs the community
import { MemoryStorage } from "tertulia/storage"; // in an app: IndexedDbStorage, of tertulia/indexed-db-storage

const [baseUrl, community] = [process.argv[2] ?? "http://127.0.0.1:3000", "book-club"];
/** The token that your identity provider gives the signed-in person. The local system gives anybody one. */
async function tokenOf(sub: string, scope?: string): Promise<string> {
  const body = JSON.stringify({ sub, scope });
  return (await (await fetch(`${baseUrl}/dev/token`, { method: "POST", body })).json()).token;
}
const operator = new OperatorClient({ baseUrl, community, getToken: () => tokenOf("backend", "operator") });
await operator.change({ groupSize: 2, meetingMinutes: 45 });
const webhook = createServer((notice, response) => {
  notice.on("data", (body) => console.log("webhook:", JSON.parse(body).type));
  notice.on("end", () => response.writeHead(204).end(() => webhook.close()));
}).listen(3010);
await operator.putWebhook("app", { url: "http://127.0.0.1:3010/", events: ["round.published"] });
const devices = new Map<string, TertuliaClient>();
for (const displayName of ["Ana", "Bo", "Cy", "Di"]) {
  const getToken = () => tokenOf(displayName);
  const device = new TertuliaClient({ baseUrl, community, getToken, storage: new MemoryStorage() });
  await device.join({ displayName });
  const weekly = [{ day: "monday" as const, from: "18:00", to: "20:00" }];
  await device.setAvailability({ timeZone: "Europe/Madrid", weekly });
  devices.set(displayName, device);
}
const idOf = new Map((await operator.members()).map(({ displayName, memberId }) => [displayName, memberId]));
for (const [name, friend] of Object.entries({ Ana: "Bo", Bo: "Ana", Cy: "Di", Di: "Cy" })) {
  const device = devices.get(name)!;
  await device.sync(); // the model, by what changed
  await device.rate(idOf.get(friend)!, 5); // it stays on the device
  await device.shareUserFactors(); // lends what it has learnt to group matching, until unshare()
  console.log(name, await device.contribute()); // one gradient; safe to call again after a crash
}
await new Promise((done) => setTimeout(done, 8000)); // a sum waits 5 s for its senders
await operator.publish();
const { members, suggestedTimes } = (await devices.get("Ana")!.assignment())!;
console.log("Ana's group:", members.map(({ displayName }) => displayName).sort(), suggestedTimes[0]);
