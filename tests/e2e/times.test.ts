/**
 * What members tell of themselves and get: availability in, times, calendar entries and their own data out.
 */
import { expect, test } from "@jest/globals";
import { TertuliaClient } from "../../src/client/client.ts";
import { MemoryStorage } from "../../src/client/storage.ts";
import { found, type JoinedMember, newId, type Problem } from "./caller.ts";
import { operator, startSystem, system } from "./system.ts";

interface Assignment {
  round: number;
  members: { memberId: string }[];
  suggestedTimes: { from: string; to: string }[];
  feedback?: object;
}

startSystem();

const canMeet = ({ call }: JoinedMember, name: string, timeZone: string, ...periods: string[]) => {
  const weekly = periods.map((period) => {
    const [day, from, to] = period.split(" ");
    return { day, from, to };
  });
  const path = `/communities/${name}/members/me/availability`;
  return call<Problem>("PUT", path, { body: { timeZone, weekly } });
};

const assignmentOf = async ({ call }: JoinedMember, name: string) =>
  (await call<Assignment>("GET", `/communities/${name}/assignments/me`)).body;

test("groups share a time, are told the best ones, and hold one calendar entry over a round's return", async () => {
  const members = await found(system, "hours", ["ana", "bo", "cy", "di"], {
    groupSize: 2,
    meetingMinutes: 60,
  });
  const [ana, bo, cy, di] = members;
  const C = "/communities/hours";
  await canMeet(ana, "hours", "Europe/Madrid", "monday 18:00 20:00");
  await canMeet(bo, "hours", "Europe/Madrid", "friday 18:00 20:00");
  await canMeet(cy, "hours", "Europe/London", "monday 18:00 20:00");
  await canMeet(di, "hours", "Europe/London", "friday 18:00 20:00", "friday 20:30 21:00");
  for (let round = 1; round <= 2; round++) {
    expect((await operator("POST", `${C}/rounds`)).status).toBe(201);
    const mine = await assignmentOf(ana, "hours");
    expect(mine.members.map(({ memberId }) => memberId).sort()).toEqual([ana.memberId, cy.memberId].sort());
    const [{ from, to }] = mine.suggestedTimes;
    expect([new Date(from).getUTCDay(), Date.parse(to) - Date.parse(from)]).toEqual([1, 3_600_000]);
    expect(mine.suggestedTimes).toHaveLength(1);
    expect((await assignmentOf(cy, "hours")).suggestedTimes).toEqual(mine.suggestedTimes);
    if (round === 1) expect(mine).not.toHaveProperty("feedback");
  }
  const calendar = async () => {
    const token = await system.token("ana");
    const url = `${system.url}${C}/assignments/me.ics`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(response.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
    const lines = (await response.text()).split("\r\n");
    const value = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length + 1);
    return { uid: value("UID"), sequence: value("SEQUENCE"), start: value("DTSTART") };
  };
  const entry = await calendar();
  expect(await calendar()).toEqual(entry);
  const [{ from }] = (await assignmentOf(ana, "hours")).suggestedTimes;
  expect(entry.start).toBe(from.replaceAll(/[-:]|\.000/g, ""));
  await operator("DELETE", `${C}/rounds/2`);
  expect((await calendar()).uid).not.toBe(entry.uid);
  await operator("POST", `${C}/rounds`);
  expect(await calendar()).toEqual({ ...entry, sequence: "3" });
  await ana.call("PUT", `${C}/rounds/3/feedback`, { body: { met: true, missing: [cy.memberId] } });
  expect((await assignmentOf(ana, "hours")).feedback).toEqual({ met: true, missing: [cy.memberId] });
});

test("where no hour suits all, the groups without one are told to operators, and who takes theirs back can always", async () => {
  const [ana, bo] = await found(system, "never", ["ana", "bo"], { groupSize: 2, meetingMinutes: 45 });
  const C = "/communities/never";
  await canMeet(ana, "never", "Asia/Tokyo", "monday 09:00 10:00");
  await canMeet(bo, "never", "Asia/Tokyo", "monday 09:30 11:00");
  await operator("POST", `${C}/rounds`);
  const round = await operator<{ quality: { notes: object[] } }>("GET", `${C}/rounds/1`);
  expect(round.body.quality.notes).toEqual([
    {
      note: "no-common-time",
      detail: "Groups without a time that suits all of them: 1.",
      groups: [[ana.memberId, bo.memberId]],
    },
  ]);
  expect((await assignmentOf(ana, "never")).suggestedTimes).toEqual([]);
  for (const times of [1, 2])
    expect([times, (await bo.call("DELETE", `${C}/members/me/availability`)).status]).toEqual([times, 204]);
  await operator("POST", `${C}/rounds`);
  expect((await assignmentOf(bo, "never")).suggestedTimes).toHaveLength(1);
  const wrong = await canMeet(ana, "never", "Asia/Atlantis", "monday 09:00 10:00");
  expect([wrong.status, wrong.body.errors?.[0].pointer]).toEqual([400, "#/timeZone"]);
});

test("a tag that nobody carries comes back as a note, with the settings and with the round", async () => {
  await found(system, "typo", ["ana", "bo"]);
  const body = { settings: { hostTag: "facilitator" } };
  const note = { note: "unused-tag", detail: "Nobody carries the tag 'facilitator'." };
  const put = await operator<{ notes: object[] }>("PUT", "/communities/typo", { body });
  expect(put.body.notes).toEqual([note]);
  await operator("POST", "/communities/typo/rounds");
  const round = await operator<{ quality: { notes: object[] } }>("GET", "/communities/typo/rounds/1");
  const without = { note: "host", detail: "Groups without a host: 1; with several: 0." };
  expect(round.body.quality.notes).toEqual([without, note]);
});

test("a member's device says how it went and when they can, and gets all that the server holds", async () => {
  const [ana, bo] = await found(system, "own", ["ana", "bo"], { groupSize: 2 });
  const C = "/communities/own";
  const community = "own";
  const getToken = () => system.token("ana");
  const device = new TertuliaClient({
    baseUrl: system.url,
    community,
    getToken,
    storage: new MemoryStorage(),
  });
  await device.join({ learning: "hosted" });
  const availability = {
    timeZone: "Europe/Madrid",
    weekly: [{ day: "monday" as const, from: "18:00", to: "24:00" }],
  };
  await device.setAvailability(availability);
  const rating = { id: newId(), itemId: bo.memberId, value: 3 };
  await ana.call("POST", `${C}/ratings`, { body: rating });
  await system.drain();
  await operator("POST", `${C}/rounds`);
  await device.feedback(1, { met: true, missing: [bo.memberId] });
  await ana.call("PUT", `${C}/members/me/blocks/${bo.memberId}`);
  expect(await device.meetings()).toEqual([{ memberId: bo.memberId, round: 1, missed: false }]);
  expect(await device.assignment()).toMatchObject({ feedback: { met: true, missing: [bo.memberId] } });
  expect(device.calendarUrl()).toBe(`${system.url}${C}/assignments/me.ics`);
  const { occurredAt, ...told } = ((await device.export()) as { ratings: { occurredAt: string }[] })
    .ratings[0];
  expect([told, new Date(occurredAt).toISOString()]).toEqual([rating, occurredAt]);
  expect(await device.export()).toMatchObject({
    ...{ userId: "ana", memberId: ana.memberId, row: 0, learning: "hosted", missedInARow: 0, availability },
    blocks: [bo.memberId],
    feedback: [{ round: 1, met: true, missing: [bo.memberId] }],
    meetings: [{ memberId: bo.memberId, round: 1 }],
    userFactors: { values: expect.any(Array), noiseStdDev: 0 },
    itemFactors: { values: expect.any(Array) },
  });
  await device.setAvailability(null);
  expect(await device.export()).toMatchObject({ availability: null });
});
