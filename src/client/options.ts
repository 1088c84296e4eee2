/** What an app gives a client. */
import type { PrivacyRule } from "../domain/learning/privacy.ts";
import type { ConversationRule } from "./conversation.ts";
import type { OutboxBounds } from "./outbox.ts";
import type { Storage } from "./storage.ts";

export interface ClientOptions {
  /** Where the API stands, without `/communities`. */
  baseUrl: string;
  /** A bearer token of the signed-in person; asked for on every request. */
  getToken: () => Promise<string> | string;
  community: string;
  storage: Storage;
  fetch?: typeof fetch;
  /** Uniform in [0, 1). The default draws on the machine's cryptographic source. */
  random?: () => number;
  /** Milliseconds since 1970. */
  clock?: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** About as many rows go into a gradient, drawn so that its sum is right on average; all by default. */
  rowsPerGradient?: number;
  conversationRule?: Partial<ConversationRule>;
  /** Clips and noises every gradient; not together with rowsPerGradient. */
  privacy?: PrivacyOptions;
  outbox?: OutboxBounds;
  /** Of a community whose sums are secure. A device with a helper never sends a gradient in the open. */
  helper?: HelperOptions;
}

interface HelperOptions {
  /** Where the helper's API stands. */
  url: string;
  /** A bearer token for the helper, whose audience is not the community's API's. */
  getToken: () => Promise<string> | string;
}

export interface PrivacyOptions extends PrivacyRule {
  /** No gradient is made that would bring the epsilon of all together above this; no bound by default. */
  epsilonMax?: number;
  /** The chance that epsilon does not hold. */
  delta?: number;
}
