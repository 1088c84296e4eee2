/**
 * A community and its people in the rehearsal of a restore, through whatever system runs. With sgd and rate 1 a gradient takes 1
 * from one cell, so each can be seen in the model.
 */
import assert from "node:assert/strict";
import { type Caller, caller, EXACT, newId, until } from "../../../tests/e2e/caller.ts";
import type { LocalSystem } from "../../local/system.ts";

export interface Model {
  modelVersion: number;
  rowCount: number;
  items: { itemId?: string | null; row: number }[];
  values: number[][];
}
type Group = { members: { memberId: string }[] };
type Status = { status: string; reason?: string; modelVersion?: number };

const FACTORS = 2;
export const SETTINGS = {
  ...EXACT,
  factors: FACTORS,
  sumMembersMin: 2,
  groupSize: 2,
  assignmentIntervalSeconds: 0,
};

export interface Posted {
  person: string;
  body: { id: string; modelVersion: number; rows: number[]; encoding: "json"; values: number[][] };
}

export class Community {
  readonly name: string;
  private system: LocalSystem;
  readonly rows = new Map<string, number>();
  readonly memberIds = new Map<string, string>();

  constructor(name: string, system: LocalSystem) {
    this.name = name;
    this.system = system;
  }

  /** The system as it runs from here on. */
  moveTo(system: LocalSystem): void {
    this.system = system;
  }

  /** All that is queued is done. */
  drain(): Promise<void> {
    return this.system.drain();
  }

  path(rest = ""): string {
    return `/communities/${this.name}${rest}`;
  }

  as(person: string): Promise<Caller> {
    return person === "olga" ? caller(this.system, person, "operator") : caller(this.system, person);
  }

  /** A call that must be answered with one of these statuses. */
  async call<Body>(person: string, expected: number[], method: string, rest: string, body?: unknown) {
    const call = await this.as(person);
    const answer = await call<Body>(method, this.path(rest), body === undefined ? {} : { body });
    const text = `${person}: ${method} ${rest}: ${answer.status} ${JSON.stringify(answer.body)}`;
    assert.ok(expected.includes(answer.status), text);
    return answer;
  }

  async join(person: string, body: object = {}): Promise<number> {
    const answer = await this.call<{ row: number; memberId: string }>(
      person,
      [200, 201],
      "PUT",
      "/members/me",
      body,
    );
    this.rows.set(person, answer.body.row);
    this.memberIds.set(person, answer.body.memberId);
    return answer.body.row;
  }

  async model(person = "ada", query = ""): Promise<Model> {
    return (await this.call<Model>(person, [200], "GET", `/model?encoding=json${query}`)).body;
  }

  async post(person: string, ofRow: string, column: number, modelVersion: number): Promise<Posted> {
    const row = this.rows.get(ofRow)!;
    const values = [Array.from({ length: FACTORS + 1 }, (_, at) => (at === column ? 1 : 0))];
    const body = { id: newId(), modelVersion, rows: [row], encoding: "json" as const, values };
    await this.call(person, [202], "POST", "/gradients", body);
    return { person, body };
  }

  async status({ body }: Posted): Promise<Status> {
    return (await this.call<Status>("ada", [200, 404], "GET", `/gradients/${body.id}`)).body;
  }

  /** Two members' gradients, which make a sum. */
  async contribute(one: string, other: string, column: number): Promise<Posted[]> {
    const { modelVersion } = await this.model(one);
    const posted = [
      await this.post(one, other, column, modelVersion),
      await this.post(other, one, column, modelVersion),
    ];
    for (const each of posted) {
      const { status, reason } = await until(
        () => this.status(each),
        ({ status }) => status !== "queued" && !Number(status),
      );
      assert.equal(status, "applied", `${each.person}'s gradient is ${status} ${reason}`);
    }
    return posted;
  }

  /** Publishes; answers the round's number and who is in a group. */
  async publish(): Promise<{ round: number; grouped: string[] }> {
    const { body } = await this.call<{ round: number }>("olga", [201], "POST", "/rounds", {});
    const list = await this.call<{ groups: Group[] }>("olga", [200], "GET", "/assignments");
    const grouped = list.body.groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
    return { round: body.round, grouped: grouped.sort() };
  }
}
