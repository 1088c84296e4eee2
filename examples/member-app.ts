// A member's app in a browser, to start from: their group, people to rate, and what left their device. The
// address says where and who: member-app.html?api=http://127.0.0.1:3000&community=book-club&sub=ana, with
// `npm start` running.
import { TertuliaClient } from "tertulia";
import { IndexedDbStorage } from "tertulia/indexed-db-storage";

const query = new URLSearchParams(location.search);
const baseUrl = query.get("api") ?? "http://127.0.0.1:3000";
const community = query.get("community") ?? "book-club";
const sub = query.get("sub") ?? "ana";

/**
 * In your app: the token that your identity provider gives the signed-in person. The local system gives
 * anybody one.
 */
async function getToken(): Promise<string> {
  const answer = await fetch(`${baseUrl}/dev/token`, { method: "POST", body: JSON.stringify({ sub }) });
  return (await answer.json()).token;
}

const storage = new IndexedDbStorage(`${community}/${sub}`);
const client = new TertuliaClient({ baseUrl, community, getToken, storage });

type Assignment = Awaited<ReturnType<TertuliaClient["assignment"]>>;

const part = (id: string): HTMLElement => document.getElementById(id)!;
const say = (text: string): void => {
  part("said").textContent = text;
};

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** Runs what a button asks for, tells what went wrong, and shows what came of it. */
function onClick(button: HTMLElement, act: () => Promise<string>): void {
  button.addEventListener("click", async () => {
    try {
      say(await act());
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
    await show();
  });
}

function showGroup(assignment: Assignment, ownId: string): void {
  const { members = [], suggestedTimes = [], because = [] } = assignment ?? {};
  const names = members.map(({ memberId }) => (memberId === ownId ? "you" : memberId));
  part("group").replaceChildren(...names.map((name) => element("li", name)));
  const times = suggestedTimes.map(({ from }) => new Date(from).toLocaleString());
  part("times").textContent = [because.join("; "), ...times].join(". ");
  for (const id of ["met", "missed"]) part(id).hidden = assignment?.state !== "published";
}

/** Everybody else, the likeliest first; a rating stays in this browser. */
async function showPeople(ownId: string): Promise<void> {
  const ratings = await client.ratings();
  const ranked = await client.recommend({ kind: "member", exclude: [], limit: 20 });
  const others = ranked.filter(({ itemId }) => itemId !== ownId);
  const rows = others.map(({ itemId, score }) => {
    const row = element("li", `${itemId}, ${Math.round(100 * score)}% `);
    for (const [label, value] of [
      ["like", 3],
      ["not for me", -1],
    ] as const) {
      const button = element("button", label);
      button.setAttribute("aria-pressed", String(ratings[itemId] === value));
      button.setAttribute("aria-label", `${label}: ${itemId}`);
      onClick(button, async () => {
        await client.rate(itemId, ratings[itemId] === value ? 0 : value);
        return "Kept on this device.";
      });
      row.append(button, " ");
    }
    return row;
  });
  part("people").replaceChildren(...rows);
}

async function show(): Promise<void> {
  const membership = await client.membership();
  if (membership.status !== "member") return say("An operator has yet to approve you.");
  await client.sync();
  showGroup(await client.assignment(), membership.memberId);
  await showPeople(membership.memberId);
  const { sent } = await client.outbox();
  const lines = sent.slice(0, 20).map(({ at, summary, bytes }) => `${at}: ${summary}, ${bytes} bytes`);
  part("outbox").replaceChildren(...lines.map((line) => element("li", line)));
}

async function feedback(met: boolean): Promise<string> {
  const assignment = await client.assignment();
  if (!assignment) return "There is no group yet.";
  await client.feedback(assignment.round, { met });
  return "Noted.";
}

onClick(part("met"), () => feedback(true));
onClick(part("missed"), () => feedback(false));
onClick(part("contribute"), async () => {
  const { outcome } = await client.contribute();
  return outcome === "sent" ? "Sent." : "Nothing new to send.";
});

await client.join();
await show();
