/** A representative run of every handler. */
import { COMMUNITY_SCENARIOS } from "./community-scenarios.ts";
import { IMPORT_SCENARIOS } from "./import-scenarios.ts";
import { LEARNING_SCENARIOS } from "./learning-scenarios.ts";
import { PEOPLE_SCENARIOS } from "./people-scenarios.ts";
import { ROUND_SCENARIOS } from "./round-scenarios.ts";
import type { Scenario } from "./scenario.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...PEOPLE_SCENARIOS,
  ...COMMUNITY_SCENARIOS,
  ...LEARNING_SCENARIOS,
  ...ROUND_SCENARIOS,
  ...IMPORT_SCENARIOS,
];
