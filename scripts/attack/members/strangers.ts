/**
 * Somebody with a token of the same issuer, who knows the name of a closed community: can they read it, get into it, or tell that it is
 * there? Names of the same length stand for one that is and one that is not.
 */
import { randomBytes } from "node:crypto";
import { uniform } from "../../../src/domain/random.ts";
import { openApi } from "../../../src/handlers/get-openapi.ts";
import { auc } from "../../evaluate/people.ts";
import type { LocalSystem } from "../../local/system.ts";
import type { AttackLine } from "./attack-line.ts";

const C = "/communities/{community}";
const BY_INVITE = "closed-1";
const BY_APPROVAL = "closed-2";
const NOWHERE = "closed-3";
const PEOPLE = ["ana", "bo", "cy"];
/** A code has 144 bits. */
const GUESSES_A_TRY = 5;
const WARM_CALLS = 20;
const TIMED_CALLS = 150;
/**
 * A head that is there takes some microseconds more to parse than none, which shows on one machine (.57 to
 * .67) and drowns in what a network and a Lambda add. A call that does other work shows at 1.
 */
const AUC_BOUND = 0.3;

interface Answer {
  status: number;
  text: string;
  type: string | null;
  ms: number;
}

type Call = (method: string, path: string, body?: object) => Promise<Answer>;

async function callerOf(system: LocalSystem, sub: string, scope?: string): Promise<Call> {
  const token = await system.token(sub, scope);
  return async (method, path, body) => {
    const startedAtMs = performance.now();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const response = await fetch(system.url + path, init);
    const text = await response.text();
    const type = response.headers.get("content-type");
    return { status: response.status, text, type, ms: performance.now() - startedAtMs };
  };
}

/** Every call about a community, as method and path. */
const CALLS = Object.entries((openApi() as { paths: Record<string, object> }).paths)
  .filter(([path]) => path.startsWith(C))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const));

const pathOf = (template: string, community: string): string =>
  template.replace("{community}", community).replace(/\{\w+\}/g, "1");

/** What an answer says, but for the name that was asked for and the number of the request. */
const saidOf = ({ status, text, type }: Answer, community: string): string =>
  [status, type, text.replaceAll(community, "").replace(/"requestId":"[^"]*"/, "")].join(" ");

const bodyOf = (method: string) => (method === "PUT" || method === "POST" ? {} : undefined);

/** The calls that answer otherwise about `community` than about one that does not exist. */
async function tellingCalls(call: Call, community: string, calls = CALLS): Promise<string[]> {
  const telling: string[] = [];
  for (const [method, template] of calls) {
    const answers = [];
    for (const name of [community, NOWHERE])
      answers.push(saidOf(await call(method, pathOf(template, name), bodyOf(method)), name));
    if (answers[0] !== answers[1]) telling.push(`${method} ${template}`);
  }
  return telling;
}

/** How many GETs are answered. */
async function answeredReads(call: Call, community: string): Promise<number> {
  let answered = 0;
  for (const [method, template] of CALLS) {
    if (method === "GET" && (await call(method, pathOf(template, community))).status < 400) answered++;
  }
  return answered;
}

/** How well the time of an answer tells a community that is there from none: .5 is not at all. */
async function timeAuc(ask: (community: string) => Promise<Answer>): Promise<number> {
  const times: number[] = [];
  const isThere: boolean[] = [];
  const next = uniform(1); // in turn, each would meet the same half of what comes round with every second call
  for (let n = 0; n < 2 * (WARM_CALLS + TIMED_CALLS); n++) {
    const isAsked = next() < 0.5;
    const { ms } = await ask(isAsked ? BY_INVITE : NOWHERE);
    if (n < 2 * WARM_CALLS) continue;
    times.push(ms);
    isThere.push(isAsked);
  }
  return auc(times, isThere);
}

/** Two closed communities of three people; answers a code that lets one person in. */
async function settle(system: LocalSystem): Promise<{ operator: Call; code: string }> {
  const operator = await callerOf(system, "operator", "operator");
  for (const [name, join] of [
    [BY_INVITE, "invite"],
    [BY_APPROVAL, "approval"],
  ]) {
    await operator("PUT", `/communities/${name}`, { settings: { groupSize: 2 } });
    for (const sub of PEOPLE)
      await (await callerOf(system, sub))("PUT", `/communities/${name}/members/me`, {});
    await operator("PUT", `/communities/${name}`, { settings: { join } });
  }
  const { text } = await operator("POST", `/communities/${BY_INVITE}/invites`, { usesMax: 1 });
  return { operator, code: JSON.parse(text).code };
}

const joinWith = (call: Call, community: string, invite: string) =>
  call("PUT", `/communities/${community}/members/me`, { invite });

/** The memberId under which operators know somebody who is in a community or waits. */
async function memberIdOf(operator: Call, community: string, userId: string): Promise<string> {
  const { text } = await operator("GET", `/communities/${community}/members`);
  const { members } = JSON.parse(text) as { members: { userId: string; memberId: string }[] };
  return members.find((entry) => entry.userId === userId)!.memberId;
}

/** How many groups of a new round have somebody. */
async function groupsWith(operator: Call, community: string, memberId: string): Promise<number> {
  const path = `/communities/${community}`;
  await operator("POST", `${path}/rounds`);
  const { text } = await operator("GET", `${path}/assignments`);
  const { groups } = JSON.parse(text) as { groups: { members: { memberId: string }[] }[] };
  return groups.filter((group) => group.members.some((one) => one.memberId === memberId)).length;
}

export async function strangers(system: LocalSystem, tries: number): Promise<AttackLine[]> {
  const { operator, code } = await settle(system);
  const [stranger, member] = [await callerOf(system, "stranger"), await callerOf(system, PEOPLE[0])];
  const line = (name: string, goal: string, measured: number, control: number, holds: boolean) => {
    const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2));
    return { name: `strangers: ${name}`, goal, measured: shown(measured), control: shown(control), holds };
  };

  const read = (await answeredReads(stranger, BY_INVITE)) + (await answeredReads(stranger, BY_APPROVAL));
  const readInside = await answeredReads(member, BY_INVITE);

  const askable = CALLS.filter(([method, path]) => method !== "PUT" || path !== `${C}/members/me`);
  const telling = await tellingCalls(stranger, BY_INVITE);
  telling.push(...(await tellingCalls(await callerOf(system, "another"), BY_APPROVAL, askable)));
  const tellingInside = await tellingCalls(
    member,
    BY_INVITE,
    askable.filter(([method]) => method === "GET"),
  );

  const guessed = (invite: string) => joinWith(stranger, BY_INVITE, invite);
  let inside = 0;
  for (let n = 0; n < tries * GUESSES_A_TRY; n++)
    if ((await guessed(randomBytes(18).toString("base64url"))).status < 300) inside++;

  const readTime = await timeAuc((name) => stranger("GET", `/communities/${name}/model`));
  const joinTime = await timeAuc((name) => joinWith(stranger, name, "guess"));
  const timeInside = await timeAuc((name) => operator("GET", `/communities/${name}/members`));
  const isNoise = (value: number) => Math.abs(value - 0.5) < AUC_BOUND;

  const guest = await callerOf(system, "guest");
  const invited = (await joinWith(guest, BY_INVITE, code)).status === 201 ? 1 : 0;
  await joinWith(stranger, BY_APPROVAL, code); // asks, and waits
  const waiting = await answeredReads(stranger, BY_APPROVAL);
  const memberId = await memberIdOf(operator, BY_APPROVAL, "stranger");
  const grouped = await groupsWith(operator, BY_APPROVAL, memberId);
  await operator("PUT", `/communities/${BY_APPROVAL}/members/${memberId}`, { status: "member" });
  const groupedInside = await groupsWith(operator, BY_APPROVAL, memberId);

  return [
    line("calls about a closed community that are answered", "0", read, readInside, read === 0),
    line("calls that tell it from none", "0", telling.length, tellingInside.length, telling.length === 0),
    line("AUC of a read's time for there or not", ".50", readTime, timeInside, isNoise(readTime)),
    line("AUC of a guessed join's time", ".50", joinTime, timeInside, isNoise(joinTime)),
    line(`${tries * GUESSES_A_TRY} guessed invitations that let in`, "0", inside, invited, inside === 0),
    line("calls but their own status, while they wait", "0", waiting - 1, readInside - 1, waiting === 1),
    line("groups with somebody who waits", "0", grouped, groupedInside, grouped === 0),
  ];
}
