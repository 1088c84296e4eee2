import type { Trainer } from "./federated.ts";

export const trainThroughApi: Trainer = () => {
  throw new Error("not yet");
};
