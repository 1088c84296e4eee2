/**
 * What a seed's devices have posted to the leader, and what the helper has answered it, whoever got to know
 * of it.
 */
import { decodeReport, type Report } from "../../src/domain/messages/report.ts";
import type { ReportSetBody } from "../../src/domain/secure/helper-messages.ts";
import type { Call } from "../fixtures/events.ts";
import { Violation } from "./ledger.ts";

export interface PostedReport {
  report: Report;
  /** Whoever posts it. */
  member: string;
  bytes: Uint8Array;
  /** Some attempt was answered 202. */
  isAcknowledged: boolean;
}

/** One answer of the helper with masks in it. */
export interface HelperAnswer {
  sum: number;
  /** What was asked, and what was answered, as texts. */
  question: string;
  answer: string;
  /** Ids of the reports of the set that were accepted. */
  accepted: string[];
}

export class SecureLedger {
  readonly posted = new Map<string, PostedReport>();
  readonly answers: HelperAnswer[] = [];
  /** Who wraps each sum that they are in. */
  readonly saboteur: string | null;
  /** Whose key the helper was made to forget at some time. */
  readonly forgotten = new Set<string>();

  constructor(saboteur: string | null) {
    this.saboteur = saboteur;
  }

  isSpoiled(ids: readonly string[]): boolean {
    return ids.some((id) => this.posted.get(id)?.member === this.saboteur);
  }

  /** What a Lambda has answered. */
  readonly note = (call: Call, { status, body }: { status: number; body: object }): void => {
    if (call.route.endsWith("/reports")) this.notePost(call, status);
    if (call.route.endsWith("/sums/{sum}") && status === 200) this.noteAnswer(call, body);
  };

  private notePost({ octets, userId }: Call, status: number): void {
    const bytes = Uint8Array.from(octets!);
    const report = decodeReport(bytes)!;
    const before = this.posted.get(report.id);
    if (before && Buffer.compare(before.bytes, bytes) !== 0)
      throw new Violation(`S1: ${report.id} was sent a second time, with other bytes`);
    const isAcknowledged = (before?.isAcknowledged ?? false) || status === 202;
    const [member] = userId.split("@");
    this.posted.set(report.id, { report, member, bytes, isAcknowledged });
  }

  private noteAnswer({ body, parameters }: Call, answer: object): void {
    const { reports } = body as ReportSetBody;
    const refused = new Set((answer as { refused: { at: number }[] }).refused.map(({ at }) => at));
    const accepted = reports.filter((_, at) => !refused.has(at)).map(({ id }) => id);
    const texts = { question: JSON.stringify(body), answer: JSON.stringify(answer) };
    this.answers.push({ sum: Number(parameters.sum), accepted, ...texts });
  }
}
