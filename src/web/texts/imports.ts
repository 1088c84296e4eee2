/** Texts of imports. */
import { many } from "./many.ts";

export const IMPORTS_TEXTS = {
  heading: "Imports",
  lead: "Members, items or ratings of hosted members, from a CSV file with a heading.",
  kind: "Of what",
  ask: "Ask for an import",
  upload: "Upload the file with this command, before",
  look: "Look again",
  progress: "How much of the file is done",
  none: "There was no import yet.",
  lines: (accepted: number, rejected: number) =>
    `${many(accepted, "line", "lines")} taken, ${many(rejected, "line", "lines")} rejected.`,
  quality: (ndcg: number, popularity: number) =>
    `NDCG@10 ${ndcg} on ratings that training did not see; popularity ${popularity}.`,
  rejections: "The first rejected lines",
  line: (line: number, reason: string) => `Line ${line}: ${reason}`,
};
