/** Texts of the settings, and what each of them does. */
export const SETTINGS_TEXTS = {
  heading: "Settings",
  hint: "What is left empty is by the rule that fits the community.",
  save: "Save",
  saved: "Saved.",
  default: "not set",
  seePreview: "What the draft would be with it",
};

/** What each setting does, by its name. */
export const SETTING_EXPLANATIONS: Record<string, string> = {
  join: "Who may join: open to whoever the issuer signs in, by invitation, or with an operator's approval.",
  factors: "K, the length of a taste. It is fixed once somebody has joined.",
  alpha: "What a rating of strength 1 adds to the weight of an answer. By the rule 1.",
  regularization: "Lambda for everybody. By the rule it grows with what a member has said.",
  silenceWeight: "The weight of what was not rated. By the rule little where few of the others are known.",
  learningRate: "A fixed step. By the rule it falls with a row's steps and with the share of members heard.",
  optimizer: "How a sum becomes a step of the model.",
  aggregation: "Whether a step goes by the mean of the gradients or by their sum.",
  clipNorm: "The norm that a row of a gradient is cut to, so that nobody shouts. Empty: no bound.",
  stalenessVersionsMax:
    "A gradient made so many sums ago is rejected. Empty: as many as there are members, at least 50.",
  gradientsPerHourMax: "A member's gradients an hour. Empty: no bound.",
  sumMembersMin:
    "How many members' gradients one step of the model needs, or all where there are fewer. More hide each other better.",
  sumSecondsMin: "A sum stays open for at least so many seconds.",
  sumHoursMax: "After so many hours two members are enough.",
  gradientsPerSumMax: "Of one member the newest so many count in a sum. Empty: all.",
  sums: "Plain: the server reads gradients. Secure: it reads sums alone, with a helper that another party runs.",
  sumMembersMax: "Of secure sums: how many members' reports one takes at most.",
  clipFactor: "Of secure sums: the bound on each factor value that a device reports.",
  clipBias: "Of secure sums: the bound on each bias that a device reports.",
  groupSize: "People in a group. Sizes differ by one at most.",
  groupSizeMin: "The smallest group, where that can be kept.",
  groupSizeMax: "The largest group, where that can be kept.",
  objective: "Total: the sum of all liking. Fair: lift whoever is worst off.",
  mixTags: "Tags to spread over the groups, with commas between.",
  matchTags: "Tags that must be equal within a group, with commas between.",
  participation: "Everyone takes part, or only who opts into a round.",
  diversityPenalty: "What meeting again costs, in units of the community's own spread of liking. 0: nothing.",
  meetingHalfLifeRounds: "After so many rounds a meeting counts half.",
  rematchWindowRounds: "Nobody meets again within so many rounds. 0: off.",
  assignmentIntervalSeconds: "The draft is made anew at most so often, in seconds.",
  pinnedVersion: "A kept version that readers are served while learning goes on. Empty: the latest.",
  meetingMinutes: "Groups share a free time of so many minutes. Empty: off.",
  roundGapMinutes:
    "Between two published rounds lie at least so many minutes. 60 keeps a second publish by mistake away.",
  pauseAfterMissedRounds: "Who misses so many rounds in a row is paused and told so.",
  hostTag: "A tag of which each group has exactly one, such as facilitators. Empty: none.",
};
