/**
 * `npm run attack -- --newcomb` or `--waves FILE`: what each way of sharing tells of whom a member likes, beside how many
 * liked groupmates it brings. The default of the SDK was chosen by this table.
 */
import { DEFAULT_SETTINGS } from "../../src/domain/community/settings.ts";
import { itemGradients, solveUserFactors } from "../../src/domain/learning/factorization.ts";
import { type ItemSet, PERSON } from "../../src/domain/learning/item-set.ts";
import { weigh } from "../../src/domain/learning/weights.ts";
import { quantizeRows, toFloat32 } from "../../src/domain/messages/value-encoding.ts";
import type { DomainCommunity } from "../evaluate/groups/domain-community.ts";
import { type Conduct, likedAt, lived, rawFrontier } from "../evaluate/groups/frontier.ts";
import { type GroupQuality, meanOf, meanQuality } from "../evaluate/groups/measures.ts";
import type { WaveData } from "../evaluate/groups/waves.ts";
import { readObservedShare } from "./observed-share.ts";
import type { Upload } from "./recover.ts";
import { nameOfSharing, popularityOf, readFactors, SHARE_NOISES } from "./shared-factors.ts";
import { type Success, Tally } from "./tally.ts";

/** What is told of a member goes by name; the groups are those of the default settings. */
export interface SharingLine extends Success {
  sharing: string;
  /** null for what has no part in how groups are made. */
  groups: (GroupQuality & { ofRaw: number }) | null;
}

const settings = DEFAULT_SETTINGS;

export function attackPeople(data: WaveData, seeds: readonly number[]): SharingLine[] {
  const [popularity, gradient] = [new Tally(), new Tally()];
  const frontiers = seeds.map((seed) => rawFrontier(data, settings, seed));
  const lines = [null, ...SHARE_NOISES].map((shareNoise) => {
    const tally = new Tally();
    const qualities = seeds.map((seed, at) => {
      const conduct: Conduct = { settings, shareNoise, contributions: 2, spread: "once", seed };
      const rounds: Int32Array[] = [];
      for (const community of lived(data, conduct)) {
        data.names.forEach((_, member) => {
          attackMember(community, member, tally);
          if (shareNoise === null) attackWithoutSharing(community, member, { popularity, gradient });
        });
        rounds.push(community.round(rounds, settings.diversityPenalty));
      }
      const judgedBy = data.waves.slice(1).map(({ judged }) => judged);
      const quality = meanQuality(rounds, judgedBy);
      return { quality, ofRaw: quality.liked / likedAt(frontiers[at], quality.again) };
    });
    const ofRaw = qualities.reduce((sum, one) => sum + one.ofRaw, 0) / qualities.length;
    const groups = { ...meanOf(qualities.map(({ quality }) => quality)), ofRaw };
    return { sharing: nameOfSharing(shareNoise), ...tally.success(), groups };
  });
  return [
    { sharing: "popularity alone", ...popularity.success(), groups: null },
    ...lines,
    { sharing: "the last gradient", ...gradient.success(), groups: null },
  ];
}

/** By what stands for the member's taste when groups are made: their shared factors, else their own row. */
function attackMember(community: DomainCommunity, member: number, tally: Tally): void {
  const { items } = community;
  const ratings = community.ratingsOf(member);
  const width = items.factors + 1;
  const shared = community.sharedBy(member);
  const readings = shared
    ? readFactors(items, Float32Array.from(shared.values), {
        weights: weigh(items, ratings, settings),
        ownRow: member,
        noiseStdDev: shared.noiseStdDev,
      })
    : readFactors(items, items.values.slice(member * width, (member + 1) * width));
  const likes = likesOf(community, member);
  for (const [reading, scores] of Object.entries(readings))
    tally.add(reading, scores, likes, { ownRow: member });
}

function attackWithoutSharing(
  community: DomainCommunity,
  member: number,
  { popularity, gradient }: Record<"popularity" | "gradient", Tally>,
): void {
  const { items } = community;
  const likes = likesOf(community, member);
  popularity.add("popularity", popularityOf(items), likes, { ownRow: member });
  const ratings = community.ratingsOf(member);
  const rows = Uint32Array.from({ length: items.rowCount }, (_, row) => row);
  const exact = itemGradients(items, ratings, settings, solveUserFactors(items, ratings, settings), rows);
  const width = items.factors + 1;
  const values = toFloat32(quantizeRows(exact, width), width);
  gradient.add("share", likingsIn({ rows, values }, items, member), likes, { ownRow: member });
}

/** p_ui = s_ui - c t_i / r_i of the rated, less the rater bias, which is the same for all; the others are not liked. */
function likingsIn(upload: Upload, items: ItemSet, ownRow: number): Float64Array {
  const { direction, slopes, ridges, rated } = readObservedShare(upload, items.values, items.factors + 1);
  const rows = upload.rows.filter((_, n) => rated[n]);
  const { observed } = weigh(items, { rows, values: new Float32Array(rows.length), ownRow }, settings);
  const { score } = readFactors(items, Float32Array.from(direction));
  return score.map((value, row) =>
    rated[row] ? value - (observed[PERSON] * slopes[row]) / ridges[row] : Number.NEGATIVE_INFINITY,
  );
}

function likesOf(community: DomainCommunity, member: number): Set<number> {
  const { rows, values } = community.ratingsOf(member);
  return new Set(rows.filter((_, n) => values[n] > 0));
}
