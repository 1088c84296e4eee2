/**
 * The gradients that a campaign posts, and what became of each: every accepted id must end applied or
 * rejected with a reason.
 */
import type { Caller } from "../../tests/e2e/caller.ts";
import { newId } from "../../tests/e2e/caller.ts";
import { Violation } from "../../tests/simulation/ledger.ts";

export interface Verdict {
  status: "applied" | "rejected";
  modelVersion: number;
  reason?: string;
}

/** A gradient without its id and version. */
export interface GradientValues {
  rows: number[];
  encoding: string;
  values: unknown;
  scales?: string;
}

export interface Contribution<Gradient extends GradientValues> {
  id: string;
  gradient: Gradient;
  verdict?: Verdict;
}

const ASKED_AT_ONCE = 8;
/** Over the local queues' visibility timeout and the tick's minute. */
const SETTLE_MS_MAX = 240_000;
const SETTLE_PAUSE_MS = 2000;

/** Runs `work` for each value, some at once. */
export async function someAtOnce<Value>(values: Iterable<Value>, work: (value: Value) => Promise<void>) {
  const waiting = values[Symbol.iterator]();
  const worker = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, worker));
}

export class Contributions<Gradient extends GradientValues> {
  readonly accepted = new Map<string, Contribution<Gradient>>();
  /** Answered with 4xx, by problem: these must leave no trace. */
  readonly refused = new Map<string, string>();
  private readonly path: string;

  constructor(community: string) {
    this.path = `/communities/${community}/gradients`;
  }

  /** Posts a gradient until it is answered; at times once more, as after a lost answer. */
  async post(call: Caller, modelVersion: number, gradient: Gradient, isRepeated: boolean): Promise<void> {
    const contribution = { id: newId(), gradient };
    const body = { id: contribution.id, modelVersion, ...gradient };
    for (let times = 0; times < (isRepeated ? 2 : 1); times++) {
      const answer = await call<{ type?: string }>("POST", this.path, { body });
      if (answer.status === 202) this.accepted.set(contribution.id, contribution);
      else this.refused.set(contribution.id, answer.body.type ?? String(answer.status));
    }
  }

  get waiting(): Contribution<Gradient>[] {
    return [...this.accepted.values()].filter(({ verdict }) => !verdict);
  }

  get applied(): Contribution<Gradient>[] {
    return [...this.accepted.values()].filter(({ verdict }) => verdict?.status === "applied");
  }

  /** How many were rejected for each reason. */
  get reasons(): string {
    const rejected = [...this.accepted.values()].flatMap(({ verdict }) => verdict?.reason ?? []);
    const counts = Map.groupBy(rejected, (reason) => reason);
    return [...counts].map(([reason, ids]) => `${ids.length} ${reason}`).join(", ") || "none";
  }

  /**
   * Asks until every id has come to its end, while `contribute` goes on, so that the last sum gets its
   * senders. An id that has none by then is lost.
   */
  async settle(call: Caller, contribute: () => Promise<unknown>): Promise<void> {
    const endMs = performance.now() + SETTLE_MS_MAX;
    for (;;) {
      const earlier = new Set(this.waiting);
      await contribute();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS));
      await this.ask(call);
      if (this.waiting.length === 0) return;
      if (performance.now() < endMs) continue;
      const left = this.waiting.filter((contribution) => earlier.has(contribution));
      if (left.length > 0) throw new Violation(`${left.length} accepted ids are lost, ${left[0].id} first`);
    }
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
