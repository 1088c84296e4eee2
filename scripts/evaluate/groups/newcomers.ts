/** What newcomers' tags are worth: the groups that people of whom nothing else is known get by them, and without. */
import { type Conduct, lived, NAMES } from "./frontier.ts";
import { randomTerms } from "./references.ts";
import type { Answers, WaveData } from "./waves.ts";

/** Shares of what is said in groups that is a liking. */
interface Liked {
  /** Of pairs with somebody who is in their first round. */
  newcomers: number;
  all: number;
}

export type NewcomerFigures = Record<"without" | "by" | "random", Liked>;

const TITLES: Record<keyof NewcomerFigures, string> = {
  without: "tags unknown",
  by: "tags known",
  random: NAMES.random,
};

class Tally {
  readonly #said = { newcomers: 0, all: 0 };
  readonly #likings = { newcomers: 0, all: 0 };

  add(groupOf: Int32Array, judged: Answers, isNew: (person: number) => boolean): void {
    const size = Math.sqrt(judged.length);
    for (let i = 0; i < groupOf.length; i++) {
      for (let j = 0; j < groupOf.length; j++) {
        if (i === j || groupOf[i] !== groupOf[j]) continue;
        for (const of of isNew(i) || isNew(j) ? (["newcomers", "all"] as const) : (["all"] as const)) {
          this.#said[of]++;
          this.#likings[of] += Number(judged[i * size + j] > 0);
        }
      }
    }
  }

  get liked(): Liked {
    const share = (of: keyof Liked) => this.#likings[of] / this.#said[of];
    return { newcomers: share("newcomers"), all: share("all") };
  }
}

/** Everything but the tags is the same with them and without: people, answers, learning. */
export function newcomerFigures(data: WaveData, conduct: Conduct): NewcomerFigures {
  const { waves } = data;
  const { waveOf, tags } = data.arrivals!;
  const { diversityPenalty, groupSize } = conduct.settings;
  const tallies = { without: new Tally(), by: new Tally(), random: new Tally() };
  const past = { without: [] as Int32Array[], by: [] as Int32Array[] };
  let wave = 0;
  for (const community of lived(data, conduct)) {
    if (wave + 1 === waves.length) break;
    past.without.push(community.round(past.without, diversityPenalty));
    past.by.push(community.round(past.by, diversityPenalty, tags));
    const members = past.by[wave].length;
    const add = (tally: Tally, groupOf: Int32Array) =>
      tally.add(groupOf, waves[wave + 1].judged, (person) => waveOf[person] === wave);
    // in the first round all are new
    if (wave > 0) {
      add(tallies.without, past.without[wave]);
      add(tallies.by, past.by[wave]);
      for (const [groupOf] of randomTerms(1, members, groupSize, conduct.seed ^ wave))
        add(tallies.random, groupOf);
    }
    wave++;
  }
  return { without: tallies.without.liked, by: tallies.by.liked, random: tallies.random.liked };
}

/** The mean over seeds, and how far that of the difference may be off. */
export function newcomerTable(figures: readonly NewcomerFigures[]): string {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const text = (value: number) => value.toFixed(3).replace(/^(-?)0\./, "$1.");
  const lines = (Object.keys(TITLES) as (keyof NewcomerFigures)[]).map((name) => {
    const of = (key: keyof Liked) => text(mean(figures.map((one) => one[name][key])));
    return `${TITLES[name].padEnd(14)}${of("newcomers").padStart(16)}${of("all").padStart(14)}`;
  });
  const gains = figures.map(({ by, without }) => by.newcomers - without.newcomers);
  const gain = mean(gains);
  const error = Math.sqrt(mean(gains.map((one) => (one - gain) ** 2)) / Math.max(1, gains.length - 1));
  const head = `${"".padEnd(14)}newcomers, liked    all, liked`;
  return [head, ...lines, "", `tags give newcomers ${text(gain)}, standard error ${text(error)}`].join("\n");
}
