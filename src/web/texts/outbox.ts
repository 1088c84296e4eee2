/** Texts of the list of what left the device, with what it reveals. */
export const OUTBOX_TEXTS = {
  heading: "What left my device",
  lead: "Every request of this community that left this device, byte by byte, and what it reveals.",
  waiting: "Made and not yet taken by the server",
  body: (bytes: number) => `The body, ${bytes} bytes`,
  noBody: "No body.",
  oldBody: (bytes: number) => `The body had ${bytes} bytes. The device no longer keeps it.`,
  reveals: {
    gradient:
      "Whoever runs the server could read from it exactly what you have rated: npm run attack found the rated items of 943 of 943 people. The server does not keep it.",
    factors:
      "It tells the server whom you like: npm run attack -- --newcomb finds the liked ones with an AUC of 1.00. The server keeps it until you take it back.",
    ratings:
      "Your ratings themselves: you have chosen that the server learns for you. It keeps them until you take that back.",
    unshare: "Nothing of your taste.",
    model: "That you are there, and which version you have. Nothing of your ratings.",
    join: "That you are a member, and how you take part. Nothing of your ratings.",
    leave: "That you leave.",
    block:
      "Whom you do not want to meet. Members never see it; an operator who tries can find out: npm run attack -- --members.",
    read: "That you have looked. Nothing of your ratings.",
  },
  empty: "Nothing has left this device yet.",
};
