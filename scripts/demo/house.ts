/** One community of people who rate each other: their devices and an operator, all behind the public API. */
import { DEFAULT_SETTINGS, type Settings } from "../../src/domain/community/settings.ts";
import type { LocalSystem } from "../local/system.ts";
import { type Api, apiFor } from "./api.ts";
import { Student } from "./student.ts";

export interface HousePlan {
  community: string;
  /** Those that are not the default. */
  settings: Partial<Settings>;
  /** Noise on x_u as the students share it for matching, in multiples of its spread; null where y_u stands in. */
  shareNoise: number | null;
}

export interface WeekResult {
  accepted: number;
  applied: number;
  modelVersion: number;
  /** Group of each student. */
  groupOf: number[];
}

interface PublishedRound {
  round: number;
  modelVersion: number;
  groups: { members: { memberId: string }[] }[];
}

interface History {
  commits: { modelVersion: number; applied: number; rejected: number }[];
}

const POLL_MS = 50;
/** After so long without a commit those who are too few for a sum of their own wait for the next contributions. */
const QUIET_MS = 5_000;

/** A week passes in a second here, so a sum that has its senders does not wait for more. All else is at its default. */
const NO_WAIT: Partial<Settings> = { sumSecondsMin: 0 };

export class House {
  readonly plan: HousePlan;
  private readonly operator: Api;
  private readonly students: readonly Student[];
  private knownVersion = 0;
  /** Contributions that no commit has taken in yet. */
  private waiting = 0;

  private constructor(plan: HousePlan, operator: Api, students: readonly Student[]) {
    this.plan = plan;
    this.operator = operator;
    this.students = students;
  }

  static async found(system: LocalSystem, plan: HousePlan, size: number): Promise<House> {
    const operator = apiFor(system.url, await system.token("operator", "operator"));
    const { community, settings } = plan;
    await operator.put(`/communities/${community}`, { settings: { ...NO_WAIT, ...settings } });
    const students: Student[] = [];
    // One after the other, so that student i has row i and a run shows the same numbers each time.
    for (let i = 0; i < size; i++) {
      students.push(await Student.join(system, community, `student-${i + 1}`));
    }
    await Promise.all(students.map((student) => student.sync()));
    return new House(plan, operator, students);
  }

  /**
   * One week: every device takes in what its owner says, `told[i][j]` of i about j and NaN for nothing; then those of each
   * list in `senders` contribute together, against the model of the moment; then a round is published.
   */
  async live(
    told: readonly ArrayLike<number>[],
    senders: readonly (readonly number[])[],
  ): Promise<WeekResult> {
    let [accepted, applied] = [0, 0];
    await this.each((student, i) => student.tell(this.students, told[i]));
    for (const together of senders) {
      const contributions = await Promise.all(together.map((i) => this.students[i].contribute()));
      const sent = contributions.filter(({ outcome }) => outcome === "sent").length;
      accepted += sent;
      applied += await this.appliedOf(sent);
      await this.each((student) => student.sync());
    }
    const { shareNoise } = this.plan;
    if (shareNoise !== null) await this.each((student) => student.share(shareNoise));
    return { accepted, applied, ...(await this.publish()) };
  }

  private each<T>(act: (student: Student, i: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.students.map(act));
  }

  /** Waits until the commit log holds `sent` contributions more than before; answers how many of them were applied. */
  private async appliedOf(sent: number): Promise<number> {
    this.waiting += sent;
    let applied = 0;
    let quietSinceMs = performance.now();
    for (;;) {
      const path = `/communities/${this.plan.community}/history?from=${this.knownVersion + 1}`;
      for (const commit of (await this.operator.get<History>(path)).commits) {
        this.knownVersion = commit.modelVersion;
        applied += commit.applied;
        this.waiting -= commit.applied + commit.rejected;
        quietSinceMs = performance.now();
      }
      const isQuiet = performance.now() - quietSinceMs > QUIET_MS;
      if (this.waiting <= 0 || (isQuiet && this.waiting < DEFAULT_SETTINGS.sumMembersMin)) return applied;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private async publish(): Promise<{ modelVersion: number; groupOf: number[] }> {
    const path = `/communities/${this.plan.community}/rounds`;
    const { round } = await this.operator.post<PublishedRound>(path);
    const { modelVersion, groups } = await this.operator.get<PublishedRound>(`${path}/${round}`);
    const groupOfMember = new Map(
      groups.flatMap(({ members }, g) => members.map(({ memberId }) => [memberId, g])),
    );
    return {
      modelVersion,
      groupOf: this.students.map((student) => groupOfMember.get(student.memberId) ?? -1),
    };
  }
}
