/** Texts of what went wrong, and what to do about it. */
import { many } from "./many.ts";

export const ERRORS_TEXTS = {
  heading: "That did not work",
  later: (seconds: number) =>
    `Try again in ${seconds < 90 ? many(seconds, "second", "seconds") : `${Math.ceil(seconds / 60)} minutes`}.`,
  /** By the problem's type. */
  advice: {
    network: "No answer came. See whether you are online; what you did is not lost, so try again.",
    "operator-scope-needed": "This is for operators. Ask one of them to name you, or sign in as one.",
    "unknown-community": "There is no such community, or you are not in it. Ask for an invitation.",
    "awaiting-approval": "An operator has yet to approve you. Come back later.",
    banned: "An operator has banned you. Only they can lift it.",
    "nobody-to-group": "A round needs two members who take part. Wait until more have joined or come back.",
    "round-too-soon": "The last round was published a short while ago (setting roundGapMinutes).",
    "round-closed":
      "A round can be withdrawn for an hour, and only before somebody was told or has answered.",
    "too-many-imports": "Upload the files of the imports that wait, or wait until they end.",
    "too-many-previews": "Previews are few, so that nobody finds out by them who blocks whom.",
    "try-again": "Others were faster. Try again.",
    "internal-error": "Something broke on the server. Its operators find it in the log by the time.",
  } as Record<string, string>,
};
