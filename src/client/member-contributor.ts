/**
 * Contributes as the member learns: a gradient, a report where there is a helper, or a
 * hosted member's ratings.
 */
import type { Ratings } from "../domain/learning/weights.ts";
import { type ApiOptions, CommunityApi } from "./api.ts";
import { Contributor, type GradientOutcome } from "./contributor.ts";
import { type HostedOutcome, sendRatings } from "./hosted.ts";
import type { LocalModel } from "./local-model.ts";
import { byLearning } from "./membership.ts";
import type { ClientOptions } from "./options.ts";
import type { OwnRatings } from "./own-ratings.ts";
import type { ReportOutcome, SecureContributor } from "./secure-contributor.ts";
import { refreshShared } from "./sharing.ts";
import type { SyncedModel } from "./synced-model.ts";

/** What came of it: of a gradient, of a report, or of a hosted member's ratings. */
export type Contribution = GradientOutcome | ReportOutcome | HostedOutcome;

export interface MemberContributorParts {
  api: CommunityApi;
  /** Those of `api`, which the helper's shares but for its address and token. */
  apiOptions: ApiOptions;
  model: SyncedModel;
  ratings: OwnRatings;
}

export class MemberContributor {
  readonly #options: ClientOptions;
  readonly #parts: MemberContributorParts;
  readonly #contributor: Contributor;
  #loaded: Promise<SecureContributor> | undefined;

  constructor(options: ClientOptions, parts: MemberContributorParts) {
    const { storage, rowsPerGradient, privacy } = options;
    const { api, apiOptions } = parts;
    const { random } = apiOptions;
    this.#options = options;
    this.#parts = parts;
    this.#contributor = new Contributor({ api, storage, random, rowsPerGradient, privacy });
    if (options.helper && (privacy || rowsPerGradient !== undefined))
      throw new RangeError("reports are of every row, and without noise of the device's");
  }

  contribute(): Promise<Contribution> {
    const { storage } = this.#options;
    const { api, apiOptions, ratings } = this.#parts;
    return byLearning<Contribution>(api, storage, {
      hosted: async () => {
        const { random } = apiOptions;
        return sendRatings({ api, storage, ratings: await ratings.all(), nowMs: api.nowMs(), random });
      },
      local: async () => {
        const contributor = (await this.#reporter()) ?? this.#contributor;
        const contribution = await contributor.contribute(() => this.#learnt());
        if (contribution.outcome === "sent")
          await refreshShared(api, storage, async () => (await ratings.train()).userFactors);
        return contribution;
      },
    });
  }

  privacySpent(): Promise<{ epsilon: number; delta: number } | null> {
    return this.#contributor.privacySpent();
  }

  /** Has the helper forget the member, where there is one. */
  async leaveHelper(): Promise<void> {
    await (await this.#reporter())?.leave();
  }

  /** What makes reports is loaded where there is a helper alone: it is a third of the whole. */
  #reporter(): Promise<SecureContributor> | null {
    const { helper, community, storage } = this.#options;
    if (!helper) return null;
    this.#loaded ??= import("./secure-contributor.ts").then(({ SecureContributor }) => {
      const { api, apiOptions } = this.#parts;
      const url = helper.url.replace(/\/$/, "");
      const helperApi = new CommunityApi({ ...apiOptions, url, getToken: helper.getToken });
      const { random } = apiOptions;
      return new SecureContributor({ api, helperApi, storage, community, random, nowMs: () => api.nowMs() });
    });
    return this.#loaded;
  }

  async #learnt(): Promise<{ model: LocalModel; ratings: Ratings } | null> {
    const model = await this.#parts.model.read();
    return model ? { model, ratings: await this.#parts.ratings.ofItemsIn(model) } : null;
  }
}
