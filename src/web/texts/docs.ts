/** Texts around the documents. The guides themselves are the files of docs/ and the README. */
export const DOCS_TEXTS = {
  heading: "Docs",
  nav: "Documents",
  reference: "API reference",
  guides: {
    readme: "Overview",
    rounds: "Rounds",
    imports: "Imports",
    versions: "Versions and figures",
    evidence: "Evidence",
    runbook: "Runbook",
  },
  body: "The body of the request",
  signedIn:
    "“Try it out” sends real calls to this very system, with your token, which the shown command leaves out.",
  signedOut: "“Try it out” sends real calls to this very system. Sign in first to send them as yourself.",
};
