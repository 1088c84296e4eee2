/** One student's own device in one community: it alone knows the student's ranks, and sends gradients and user factors. */
import { itemGradients, type Ratings, solveUserFactors } from "../../src/domain/factorization.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { createUuidV7 } from "../../src/domain/uuid-v7.ts";
import {
  decodeValues,
  type EncodedValues,
  encodeValues,
  toFloat32,
} from "../../src/domain/value-encoding.ts";
import type { Api } from "./api.ts";

interface Member {
  memberId: string;
  row: number;
}

type Model = { modelVersion: number; rowCount: number; settings: Settings } & EncodedValues;
type GradientStatus = { status: "queued" | "applied" | "rejected"; reason?: string };

/** A rank becomes a liking above the middle and an aversion below it: 1 -> +7.5, 16 -> -7.5. */
const strengthOf = (rank: number): number => 8.5 - rank;

/** A batch is gathered for a second before it is applied. */
const FIRST_POLL_MS = 1000;
const POLL_MS = 200;

export class Student {
  readonly member: Member;
  private readonly api: Api;
  private readonly path: string;

  private constructor(api: Api, path: string, member: Member) {
    this.api = api;
    this.path = path;
    this.member = member;
  }

  static async join(api: Api, community: string): Promise<Student> {
    const path = `/communities/${community}`;
    return new Student(api, path, await api.put<Member>(`${path}/members/me`, {}));
  }

  private async sync() {
    const model = await this.api.get<Model>(`${this.path}/model`);
    const width = model.settings.factors + 1;
    const rows = decodeValues(model, model.rowCount, width);
    if ("errors" in rows) throw new Error(JSON.stringify(rows.errors));
    return { model, width, items: toFloat32(rows, width) };
  }

  /** `ranks[row]`: this student's rank of the one in that row; their own is left out. */
  private ratingsOf(ranks: readonly number[]): Ratings {
    const others = ranks.flatMap((_, row) => (row === this.member.row ? [] : [row]));
    const values = Float32Array.from(others, (row) => strengthOf(ranks[row]));
    return { rows: Uint32Array.from(others), values, ownRow: this.member.row };
  }

  /** Solves x_u on the present model and posts one gradient for every row; returns its id. */
  async contribute(ranks: readonly number[]): Promise<string> {
    const { model, width, items } = await this.sync();
    const ratings = this.ratingsOf(ranks);
    const userFactors = solveUserFactors(items, ratings, model.settings);
    const rows = Uint32Array.from({ length: model.rowCount }, (_, row) => row);
    const gradients = itemGradients(items, ratings, model.settings, userFactors, rows);
    const id = createUuidV7(Date.now(), Math.random);
    const encoded = encodeValues(gradients, width, "f32");
    const { modelVersion } = model;
    await this.api.post(`${this.path}/gradients`, { id, modelVersion, rows: Array.from(rows), ...encoded });
    return id;
  }

  async settled(id: string): Promise<GradientStatus> {
    for (let waitMs = FIRST_POLL_MS; ; waitMs = POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const answer = await this.api.get<GradientStatus>(`${this.path}/gradients/${id}`);
      if (answer.status !== "queued") return answer;
    }
  }

  /** Lends the user factors, solved on the present model, to the matching of groups. */
  async share(ranks: readonly number[]): Promise<void> {
    const { model, items } = await this.sync();
    const userFactors = solveUserFactors(items, this.ratingsOf(ranks), model.settings);
    await this.api.put(`${this.path}/members/me/user-factors`, { values: Array.from(userFactors) });
  }
}
