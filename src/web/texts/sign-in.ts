/** Texts of the sign-in. */
export const SIGN_IN_TEXTS = {
  heading: "Sign in",
  withIssuer: (issuer: string) => `Sign in at ${issuer}`,
  choose: "This is a system on your own machine. Choose who you are.",
  operator: "the operator",
  other: "Somebody else",
  name: "Name",
  isOperator: "runs all communities",
  go: "Sign in",
  expired: "Your session is over. Sign in again; nothing on this device is lost.",
  notSetUp:
    "This stack does not say how the console signs people in. Deploy it with the parameter consoleClientId: the id of a public client at your issuer that may redirect to this address.",
  working: "Signing in …",
  out: "Sign out",
};
