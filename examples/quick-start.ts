// Four people, each with a device of their own, become two groups. `npm start` must run.
import { TertuliaClient } from "tertulia";
import { MemoryStorage } from "tertulia/storage"; // in an app: IndexedDbStorage, of tertulia/indexed-db-storage

const [baseUrl, community] = [process.argv[2] ?? "http://127.0.0.1:3000", "book-club"];

/** The token that your identity provider gives the signed-in person. The local system gives anybody one. */
async function tokenOf(sub: string, scope?: string): Promise<string> {
  const answer = await fetch(`${baseUrl}/dev/token`, {
    method: "POST",
    body: JSON.stringify({ sub, scope }),
  });
  return (await answer.json()).token;
}

/** A call of your backend, which runs the community. */
async function operate(method: string, path: string, body: object): Promise<void> {
  const authorization = `Bearer ${await tokenOf("backend", "operator")}`;
  const headers = { authorization, "content-type": "application/json" };
  await fetch(`${baseUrl}/communities/${community}${path}`, { method, headers, body: JSON.stringify(body) });
}

await operate("PUT", "", { settings: { groupSize: 2 } });
const names = ["ana", "bo", "cy", "di"];
const devices = names.map((name) => {
  return new TertuliaClient({
    baseUrl,
    community,
    getToken: () => tokenOf(name),
    storage: new MemoryStorage(),
  });
});
const ids: string[] = [];
for (const device of devices) {
  const membership = await device.join();
  if (membership.status === "member") ids.push(membership.memberId);
}
for (const [n, device] of devices.entries()) {
  await device.sync(); // the model, by what changed
  await device.rate(ids[n ^ 1], 5); // ana and bo like each other, cy and di too; it stays on the device
  await device.shareUserFactors(); // lends what it has learnt to group matching, until unshare()
  console.log(names[n], await device.contribute()); // one gradient; safe to call again after a crash
}
await new Promise((done) => setTimeout(done, 8000)); // a sum waits 5 s for its senders
await operate("POST", "/rounds", {});
for (const [n, device] of devices.entries()) {
  const group = await device.assignment();
  console.log(
    names[n],
    "is with",
    group?.members.map(({ memberId }) => names[ids.indexOf(memberId)]),
  );
}
