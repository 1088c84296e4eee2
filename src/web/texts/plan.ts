/** Texts of the season and the cadence. */
import { many } from "./many.ts";

export const PLAN_TEXTS = {
  heading: "Plan",
  season: "Season",
  seasonHint: "Several rounds planned at once, in which nobody meets twice as far as that can be.",
  noSeason: "No season is planned.",
  rounds: "How many rounds",
  make: "Plan them",
  end: "End the season",
  running: (first: number, last: number) => `Rounds ${first} to ${last}.`,
  seasonQuality: (repeats: number, share: number) =>
    `${many(repeats, "pair meets", "pairs meet")} twice; ${Math.round(100 * share)}% of the liking that free groups would have.`,
  cadence: "Cadence",
  cadenceHint: "Rounds that are published by themselves.",
  every: "Every",
  weekday: "On",
  time: "At",
  timeZone: "In the time zone",
  next: (when: string) => `The next round is published ${when}.`,
  byHand: "Rounds are published by hand.",
  setCadence: "Publish by this cadence",
  endCadence: "Publish by hand",
};
