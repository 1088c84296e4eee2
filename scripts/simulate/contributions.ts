/** The gradients that a campaign posts, and what became of each: every accepted id must end applied or rejected with a reason. */
import type { Caller } from "../../tests/e2e/caller.ts";
import { newId } from "../../tests/e2e/caller.ts";
import { Violation } from "../../tests/simulation/ledger.ts";

export interface Verdict {
  status: "applied" | "rejected";
  modelVersion: number;
  reason?: string;
}

export interface Contribution {
  id: string;
  rows: number[];
  values: number[][];
  verdict?: Verdict;
}

const ASKED_AT_ONCE = 8;

/** Runs `work` for each value, some at once. */
export async function someAtOnce<Value>(values: Iterable<Value>, work: (value: Value) => Promise<void>) {
  const waiting = values[Symbol.iterator]();
  const worker = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, worker));
}

export class Contributions {
  readonly accepted = new Map<string, Contribution>();
  /** Answered with 4xx, by problem: these must leave no trace. */
  readonly refused = new Map<string, string>();
  private readonly path: string;

  constructor(community: string) {
    this.path = `/communities/${community}/gradients`;
  }

  /** Posts a gradient until it is answered; at times once more, as after a lost answer. */
  async post(
    call: Caller,
    modelVersion: number,
    gradient: Pick<Contribution, "rows" | "values">,
    isRepeated: boolean,
  ): Promise<void> {
    const contribution = { id: newId(), ...gradient };
    const body = { id: contribution.id, modelVersion, encoding: "json", ...gradient };
    for (let times = 0; times < (isRepeated ? 2 : 1); times++) {
      const answer = await call<{ type?: string }>("POST", this.path, { body });
      if (answer.status === 202) this.accepted.set(contribution.id, contribution);
      else this.refused.set(contribution.id, answer.body.type ?? String(answer.status));
    }
  }

  get waiting(): Contribution[] {
    return [...this.accepted.values()].filter(({ verdict }) => !verdict);
  }

  /** Asks for every id that has no verdict yet. */
  async ask(call: Caller): Promise<void> {
    await someAtOnce(this.waiting, async (contribution) => {
      const { status, body } = await call<Verdict>("GET", `${this.path}/${contribution.id}`);
      if (status !== 200) throw new Violation(`${contribution.id} was accepted, and its status is ${status}`);
      if (body.status !== "applied" && body.status !== "rejected") return;
      if (body.status === "rejected" && !body.reason)
        throw new Violation(`${contribution.id} was rejected without a reason`);
      if (body.modelVersion === undefined) return; // judged, and waits in its sum
      contribution.verdict = body;
    });
  }
}
