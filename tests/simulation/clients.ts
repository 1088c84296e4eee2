/** The people of one seed: they post, repeat what was not answered, read the model whole or by its changes, join and leave. */

import { GRADIENT_AGE_MAX_MS, SERVER_SKEW_MAX_MS } from "../../src/domain/limits.ts";
import { decodeBase64 } from "../../src/domain/messages/base64.ts";
import { readVersions } from "../../src/infra/version-store.ts";
import type { Call } from "../fixtures/events.ts";
import type { Fault } from "./faults.ts";
import type { EndpointName } from "./instances.ts";
import type { Lambdas } from "./lambdas.ts";
import { type Ledger, type Promised, type StatusBody, Violation } from "./ledger.ts";
import type { RandomSource } from "./random-source.ts";
import { ageMs, createPost } from "./workload.ts";

const MEMBER = "ana";
const LEAVING = "ben";
const COMMUNITY = "/communities/{community}";

interface ModelBody {
  modelVersion: number;
  rowCount: number;
  items: { row: number }[];
  values: string;
}

type Answered = (status: number, body: Record<string, unknown>) => void;

export class Clients {
  private readonly community: string;
  private readonly random: RandomSource;
  private readonly lambdas: Lambdas;
  private readonly ledger: Ledger;
  /** What a client that reads only changes has. */
  private followed: { modelVersion: number; rows: Map<number, Float32Array> } | null = null;
  private readonly unanswered = new Map<string, () => Promise<void>>();
  private readonly joined = new Map<string, number>();
  private hasLeft = false;

  constructor(community: string, random: RandomSource, lambdas: Lambdas, ledger: Ledger) {
    this.community = community;
    this.random = random;
    this.lambdas = lambdas;
    this.ledger = ledger;
  }

  private call(
    endpoint: EndpointName,
    call: Omit<Call, "parameters">,
    fault: Fault | null,
    answered: Answered,
    more: Record<string, string> = {},
  ): Promise<void> {
    const parameters = { community: this.community, ...more };
    return this.lambdas.call(endpoint, { ...call, parameters }, fault, answered);
  }

  private expectStatus(what: string, status: number, body: object, ...expected: number[]): void {
    if (!expected.includes(status))
      throw new Violation(`${what} was answered ${status} ${JSON.stringify(body)}`);
  }

  private post(promised: Promised, fault: Fault | null): Promise<void> {
    const call = { route: `POST ${COMMUNITY}/gradients`, userId: promised.sender, body: promised.body };
    return this.call("submit-gradient", call, fault, (status, body) => {
      if (status >= 500) {
        promised.isUncertain = true;
        if (!promised.isAccepted) this.unanswered.set(promised.id, () => this.post(promised, null));
        return;
      }
      this.unanswered.delete(promised.id);
      if (status === 400 && ageMs(promised.id) > GRADIENT_AGE_MAX_MS - SERVER_SKEW_MAX_MS) return;
      this.expectStatus("a gradient", status, body, 202);
      promised.isAccepted = true;
    });
  }

  async submit(isStale: boolean, fault: Fault | null): Promise<void> {
    const promised = createPost(this.ledger, this.random, isStale);
    if (promised) await this.post(promised, fault);
  }

  /** The same body again, whatever has become of it. */
  async replay(fault: Fault | null): Promise<void> {
    const posted = [...this.ledger.promised.values()].filter((promised) => promised.body);
    if (posted.length > 0) await this.post(this.random.pick(posted), fault);
  }

  private getModel(query: Record<string, string>, fault: Fault | null, take: (body: ModelBody) => void) {
    const versionBefore = this.ledger.latestVersion;
    const call = { route: `GET ${COMMUNITY}/model`, userId: MEMBER, query };
    return this.call("get-model", call, fault, (status, body) => {
      if (status >= 500) return;
      this.expectStatus("GET model", status, body, 200);
      const model = body as unknown as ModelBody;
      if (model.modelVersion < versionBefore) {
        throw new Violation(`I2: version ${versionBefore} was read before, now ${model.modelVersion}`);
      }
      take(model);
    });
  }

  /** GET model, whole. */
  read(fault: Fault | null): Promise<void> {
    return this.getModel({}, fault, ({ modelVersion, rowCount, values }) => {
      const floats = new Float32Array(decodeBase64(values)!.buffer);
      this.ledger.addReading({ reader: "GET model", modelVersion, rowCount, values: floats });
    });
  }

  /** GET model?sinceVersion, put on top of what this client has. */
  follow(fault: Fault | null): Promise<void> {
    const before = this.followed;
    const since = before && String(before.modelVersion);
    const { width } = this.ledger;
    const knownRows = this.random.isHit(0.5) ? { knownRows: String(before?.rows.size) } : {};
    const query = since === null ? {} : { sinceVersion: since, ...knownRows };
    return this.getModel(query, fault, (model) => {
      if (this.followed && model.modelVersion < this.followed.modelVersion) return; // a later call was answered first
      const { modelVersion, rowCount, items } = model;
      const floats = new Float32Array(decodeBase64(model.values)!.buffer);
      const rows = new Map(before?.rows);
      items.forEach(({ row }, at) => {
        rows.set(row, floats.slice(at * width, (at + 1) * width));
      });
      this.followed = { modelVersion, rows };
      const values = new Float32Array(rowCount * width);
      for (let row = 0; row < rowCount; row++) {
        const known = rows.get(row);
        if (!known && (since === null || "knownRows" in query))
          throw new Violation(`I2: the model left out row ${row} of ${rowCount}`);
        if (!known) {
          this.followed = null; // given while the model stood at `since`: this client fetches the whole next
          return;
        }
        values.set(known, row * width);
      }
      this.ledger.addReading({ reader: `GET model?sinceVersion=${since}`, modelVersion, rowCount, values });
    });
  }

  private statusCall(id: string): Call {
    const parameters = { community: this.community, id };
    return { route: `GET ${COMMUNITY}/gradients/{id}`, userId: MEMBER, parameters };
  }

  private noteStatus(id: string, status: number, body: object, isFinal: boolean): void {
    if (status >= 500 || (status === 404 && ageMs(id) > GRADIENT_AGE_MAX_MS - SERVER_SKEW_MAX_MS)) return;
    this.expectStatus("GET gradient", status, body, 200);
    this.ledger.statuses.push({ isFinal, ...(body as StatusBody) });
  }

  async askStatus(fault: Fault | null): Promise<void> {
    const ids = [...this.ledger.promised.keys()];
    if (ids.length === 0) return;
    const id = this.random.pick(ids);
    const { parameters, ...call } = this.statusCall(id);
    const answered: Answered = (status, body) => this.noteStatus(id, status, body, false);
    await this.call("get-gradient", call, fault, answered, parameters);
  }

  async askEveryStatus(): Promise<void> {
    const ids = [...this.ledger.promised.keys()];
    const calls = ids.map((id) => this.statusCall(id));
    const answers = await this.lambdas.callAll("get-gradient", calls);
    answers.forEach(({ status, body }, at) => {
      if (status >= 500) throw new Violation(`GET gradient was answered ${status} ${body}`);
      this.noteStatus(ids[at], status, JSON.parse(body), true);
    });
  }

  async join(user: string, fault: Fault | null): Promise<void> {
    const call = { route: `PUT ${COMMUNITY}/members/me`, userId: user };
    await this.call("join-community", call, fault, (status, body) => {
      if (status >= 500) {
        this.unanswered.set(user, () => this.join(user, null));
        return;
      }
      this.unanswered.delete(user);
      this.expectStatus("a join", status, body, 200, 201);
      const row = Number(body.row);
      const sameRow = [...this.joined].find(([other, taken]) => taken === row && other !== user);
      if (sameRow) throw new Violation(`row ${row} was given to ${sameRow[0]} and to ${user}`);
      const before = this.joined.get(user);
      if (before !== undefined && before !== row)
        throw new Violation(`${user} has rows ${before} and ${row}`);
      if (before === undefined) this.ledger.memberCount++;
      this.joined.set(user, row);
      this.ledger.ownRows.set(user, row);
      if (user === LEAVING) this.ledger.leavingRow = row;
    });
  }

  async leave(fault: Fault | null): Promise<void> {
    const call = { route: `DELETE ${COMMUNITY}/members/me`, userId: LEAVING };
    await this.call("leave-community", call, fault, (status, body) => {
      if (status >= 500) {
        this.unanswered.set("leave", () => this.leave(null));
        return;
      }
      this.unanswered.delete("leave");
      this.expectStatus("a leave", status, body, 204, 403);
      if (!this.hasLeft) this.ledger.memberCount--;
      this.hasLeft = true;
    });
  }

  /** An operator makes one of the kept versions current again. */
  async restore(fault: Fault | null): Promise<void> {
    const kept = await readVersions(this.community);
    if (kept.length === 0) return;
    const version = String(this.random.pick(kept).modelVersion);
    const call = { route: `POST ${COMMUNITY}/versions/{version}/restore`, userId: "olga", isOperator: true };
    const answered: Answered = (status, body) => {
      if (status < 500) this.expectStatus("a restore", status, body, 200);
    };
    await this.call("versions", call, fault, answered, { version });
  }

  async repeatUnanswered(): Promise<void> {
    while (this.unanswered.size > 0) {
      for (const repeat of [...this.unanswered.values()]) {
        await repeat();
        await this.lambdas.finishAll();
      }
    }
  }

  /** GET C agrees with the joins, the leaves and the versions that clients have seen. */
  async checkCounts(): Promise<void> {
    const { ledger } = this;
    const call = { route: `GET ${COMMUNITY}`, userId: MEMBER };
    await this.call("get-community", call, null, (status, body) => {
      this.expectStatus("GET community", status, body, 200);
      const { memberCount, itemCount, modelVersion } = body;
      const seen = JSON.stringify([memberCount, itemCount, modelVersion]);
      const expected = JSON.stringify([ledger.memberCount, ledger.memberCount, ledger.latestVersion]);
      if (seen !== expected) throw new Violation(`the head counts ${seen}, expected ${expected}`);
    });
    await this.lambdas.finishAll();
  }
}
