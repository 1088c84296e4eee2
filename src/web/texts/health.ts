/** Texts of queues, sums and weeks. */
import { many } from "./many.ts";

export const HEALTH_TEXTS = {
  heading: "Health",
  queues: "Queues of the whole stack",
  queue: "Queue",
  waits: "Waiting",
  inFlight: "In work",
  deadLetters: "Given up",
  sums: "Sums",
  open: (gradients: number, senders: number) =>
    `The open sum has ${many(gradients, "gradient", "gradients")} of ${many(senders, "sender", "senders")}.`,
  waiting: (waiting: number, stalled: number) => `${waiting} wait for their commit, ${stalled} are stalled.`,
  weeks: "By week",
  week: "Week of",
  joined: "Joined",
  applied: "Gradients applied",
  rejected: "Rejected",
  rounds: "Rounds",
  metBefore: "Met before",
  affinity: "Mean liking",
};
