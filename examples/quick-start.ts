// Four people, each with a device of their own, become two groups. `npm start` must run.
import { TertuliaClient } from "tertulia";
import { OperatorClient } from "tertulia/operator"; // for your backend, which runs the community
import { MemoryStorage } from "tertulia/storage"; // in an app: IndexedDbStorage, of tertulia/indexed-db-storage

const [baseUrl, community] = [process.argv[2] ?? "http://127.0.0.1:3000", "book-club"];

/** The token that your identity provider gives the signed-in person. The local system gives anybody one. */
async function tokenOf(sub: string, scope?: string): Promise<string> {
  const body = JSON.stringify({ sub, scope });
  return (await (await fetch(`${baseUrl}/dev/token`, { method: "POST", body })).json()).token;
}

const getToken = () => tokenOf("backend", "operator");
const operator = new OperatorClient({ baseUrl, community, getToken });
await operator.change({ groupSize: 2 });
const names = ["ana", "bo", "cy", "di"];
const devices = names.map((name) => {
  const getToken = () => tokenOf(name);
  return new TertuliaClient({ baseUrl, community, getToken, storage: new MemoryStorage() });
});
for (const device of devices) await device.join();
const idOf = new Map((await operator.members()).map(({ userId, memberId }) => [userId, memberId]));
for (const [n, device] of devices.entries()) {
  await device.sync(); // the model, by what changed
  await device.rate(idOf.get(names[n ^ 1])!, 5); // ana and bo like each other, cy and di too; it stays on the device
  await device.shareUserFactors(); // lends what it has learnt to group matching, until unshare()
  console.log(names[n], await device.contribute()); // one gradient; safe to call again after a crash
}
await new Promise((done) => setTimeout(done, 8000)); // a sum waits 5 s for its senders
await operator.publish();
for (const [n, device] of devices.entries()) {
  const ids = (await device.assignment())!.members.map(({ memberId }) => memberId);
  console.log(
    names[n],
    "is with",
    names.filter((name) => ids.includes(idOf.get(name)!)),
  );
}
