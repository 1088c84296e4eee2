/**
 * The client of who runs a community, for a backend: every call of the contract that is for operators, and those that they
 * read besides. Lists come whole, by as many calls as they have pages.
 */
import type * as contract from "../domain/messages/contract.ts";
import { CommunityApi } from "./api.ts";
import { fetchPages } from "./pages.ts";
import { cryptographicUniform } from "./random.ts";

export interface OperatorOptions {
  /** Where the API stands, without `/communities`. */
  baseUrl: string;
  community: string;
  /** A bearer token of an operator; asked for on every request. */
  getToken: () => Promise<string> | string;
  fetch?: typeof fetch;
  sleep?: (ms: number) => Promise<void>;
}

/** A path whose values are encoded. */
const path = (texts: TemplateStringsArray, ...values: (string | number)[]): string =>
  String.raw({ raw: texts }, ...values.map(encodeURIComponent));

export class OperatorClient {
  readonly #root: CommunityApi;
  readonly #api: CommunityApi;
  readonly #fetch: typeof fetch;

  /**
   * @example
   * const operator = new OperatorClient({ baseUrl, community: "book-club", getToken });
   * await operator.change({ groupSize: 3 });
   * const { round } = await operator.publish();
   */
  constructor({ baseUrl, community, getToken, fetch: own, sleep }: OperatorOptions) {
    const base = baseUrl.replace(/\/$/, "");
    this.#fetch = own ?? ((input, init) => fetch(input, init));
    const shared = {
      getToken,
      fetch: this.#fetch,
      clock: Date.now,
      random: cryptographicUniform,
      sleep: sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))),
      onRequest: async () => {},
      // An invitation, an import, a test, a secret or a version more; a round has its key.
      isOnce: (method: string, at: string) => method === "POST" && !at.startsWith("/rounds"),
    };
    this.#root = new CommunityApi({ ...shared, url: base });
    this.#api = new CommunityApi({ ...shared, url: base + path`/communities/${community}` });
  }

  // The community, and who runs it

  /** All that the caller runs. */
  communities(): Promise<contract.Community[]> {
    return everyPage(this.#root, "/communities", "communities");
  }

  community(): Promise<contract.Community> {
    return this.#call("GET", "");
  }

  /** Makes the community, or merges settings into it. */
  change(settings: Partial<contract.Settings> = {}): Promise<contract.Community> {
    return this.#call("PUT", "", { settings });
  }

  /** Erases the community, and all that is in it. */
  erase(): Promise<void> {
    return this.#call("DELETE", "");
  }

  operators(): Promise<contract.Operator[]> {
    return everyPage(this.#api, "/operators", "operators");
  }

  addOperator(userId: string): Promise<contract.Operator> {
    return this.#call("PUT", path`/operators/${userId}`);
  }

  removeOperator(userId: string): Promise<void> {
    return this.#call("DELETE", path`/operators/${userId}`);
  }

  // People

  /** The roster, or those of a status. */
  members(status?: "member" | "awaiting-approval" | "banned"): Promise<contract.RosterEntry[]> {
    return everyPage(this.#api, status ? path`/members?status=${status}` : "/members", "members");
  }

  /** Approves or bans somebody, gives them tags, or another userId where their identity has changed. */
  changeMember(memberId: string, change: contract.MemberChange): Promise<contract.RosterEntry> {
    return this.#call("PUT", path`/members/${memberId}`, change);
  }

  /** Removes a member as if they had left, or a request to join. */
  removeMember(memberId: string): Promise<void> {
    return this.#call("DELETE", path`/members/${memberId}`);
  }

  invites(): Promise<contract.Invite[]> {
    return everyPage(this.#api, "/invites", "invites");
  }

  invite(invite: contract.InviteBody = {}): Promise<contract.Invite> {
    return this.#call("POST", "/invites", invite);
  }

  takeBackInvite(code: string): Promise<void> {
    return this.#call("DELETE", path`/invites/${code}`);
  }

  // Content items

  items(): Promise<contract.Item[]> {
    return everyPage(this.#api, "/items", "items");
  }

  item(itemId: string): Promise<contract.Item> {
    return this.#call("GET", path`/items/${itemId}`);
  }

  /** Adds an item, or replaces what is told of it. */
  putItem(itemId: string, item: contract.ItemBody = {}): Promise<contract.Item> {
    return this.#call("PUT", path`/items/${itemId}`, item);
  }

  removeItem(itemId: string): Promise<void> {
    return this.#call("DELETE", path`/items/${itemId}`);
  }

  // Rounds

  /** All groups of the latest round. */
  async assignments(): Promise<contract.Assignments> {
    const pages = fetchPages<"groups", contract.Group>(this.#api, "/assignments", "groups");
    let whole: contract.Assignments | undefined;
    for await (const page of pages) {
      const { next: _, ...first } = page as contract.Assignments;
      whole = { ...(whole ?? first), groups: [...(whole?.groups ?? []), ...page.groups] };
    }
    return whole!;
  }

  /** The published ones, newest first. */
  rounds(): Promise<contract.RoundOverview[]> {
    return everyPage(this.#api, "/rounds", "rounds");
  }

  /** With `pairs` also the lines within groups, and who is absent. */
  round(round: number | "draft", { pairs = false } = {}): Promise<contract.Round> {
    return this.#call("GET", path`/rounds/${round}?pairs=${String(pairs)}`);
  }

  /** The draft as it would be with other settings. */
  preview(settings: contract.PreviewBody["settings"] = {}): Promise<contract.Round> {
    return this.#call("POST", "/rounds/preview", { settings });
  }

  /** Publishes the draft, once for each `key`: with the same one a second call answers the same round. */
  publish({
    key = crypto.randomUUID(),
    ...body
  }: contract.PublishBody & { key?: string } = {}): Promise<contract.RoundSummary> {
    return this.#call("POST", "/rounds", body, { "idempotency-key": key });
  }

  /** Withdraws the latest round, within an hour and before a member has said how it went. */
  withdraw(round: number): Promise<void> {
    return this.#call("DELETE", path`/rounds/${round}`);
  }

  season(): Promise<contract.Season> {
    return this.#call("GET", "/season");
  }

  /** Plans the next rounds so that nobody meets twice, as far as that can be. */
  planSeason(rounds: number): Promise<contract.Season> {
    return this.#call("PUT", "/season", { rounds });
  }

  endSeason(): Promise<void> {
    return this.#call("DELETE", "/season");
  }

  // Imports

  /** The latest first. */
  imports(): Promise<contract.Import[]> {
    return everyPage(this.#api, "/imports", "imports");
  }

  /** How far an import is. */
  import(id: string): Promise<contract.Import> {
    return this.#call("GET", path`/imports/${id}`);
  }

  /** Asks for an import and uploads its file, a CSV. */
  async startImport(wish: contract.ImportBody, csv: string | Blob): Promise<contract.NewImport> {
    const made = await this.#call<contract.NewImport>("POST", "/imports", wish);
    const { uploadUrl, uploadHeaders: headers } = made;
    const { ok, status } = await this.#fetch(uploadUrl, { method: "PUT", headers, body: csv });
    if (!ok) throw new Error(`the upload of import ${made.id} was answered ${status}`);
    return made;
  }

  // Webhooks

  webhooks(): Promise<contract.Webhook[]> {
    return everyPage(this.#api, "/webhooks", "webhooks");
  }

  /** The answer has the secret of a new one, which is told once. */
  putWebhook(name: string, webhook: contract.WebhookBody): Promise<contract.PutWebhook> {
    return this.#call("PUT", path`/webhooks/${name}`, webhook);
  }

  removeWebhook(name: string): Promise<void> {
    return this.#call("DELETE", path`/webhooks/${name}`);
  }

  /** Sends a notice of the type `test` now. */
  testWebhook(name: string): Promise<contract.WebhookTest> {
    return this.#call("POST", path`/webhooks/${name}/test`);
  }

  /** Makes a new secret; for a day the one before signs too. */
  rotateSecret(name: string): Promise<contract.WebhookRotation> {
    return this.#call("POST", path`/webhooks/${name}/rotate`);
  }

  /** The last 50, newest first. */
  deliveries(name: string): Promise<contract.Delivery[]> {
    return everyPage(this.#api, path`/webhooks/${name}/deliveries`, "deliveries");
  }

  // The model and figures

  /** Newest first. */
  versions(): Promise<contract.KeptVersion[]> {
    return everyPage(this.#api, "/versions", "versions");
  }

  /** Keeps the present version until it is let go of. */
  keepVersion(name?: string): Promise<contract.KeptVersion> {
    return this.#call("POST", "/versions", name === undefined ? {} : { name });
  }

  letVersionGo(version: number): Promise<void> {
    return this.#call("DELETE", path`/versions/${version}`);
  }

  /** Makes a kept version current again, as a new version. */
  restoreVersion(version: number): Promise<contract.Restored> {
    return this.#call("POST", path`/versions/${version}/restore`);
  }

  /** How well two kept versions, or one and the present model, tell what hosted members like. */
  compareVersions(a: number, b?: number): Promise<contract.Comparison> {
    const other = b === undefined ? "" : path`&b=${b}`;
    return this.#call("GET", path`/versions/compare?a=${a}` + other);
  }

  /** A page of the commit log; its `next` is the `from` of the following one. */
  history(from = 1): Promise<contract.History> {
    return this.#call("GET", path`/history?from=${from}`);
  }

  /** Week by week, newest first. */
  stats(weeks?: number): Promise<contract.Stats> {
    return this.#call("GET", weeks === undefined ? "/stats" : path`/stats?weeks=${weeks}`);
  }

  /** What waits, and when what was done last. */
  operations(): Promise<contract.Operations> {
    return this.#call("GET", "/operations");
  }

  async #call<Result>(method: string, at: string, body?: unknown, headers?: Record<string, string>) {
    return (await this.#api.call(method, at, body, headers)).body as Result;
  }
}

async function everyPage<Value>(api: CommunityApi, at: string, name: string): Promise<Value[]> {
  const all: Value[] = [];
  for await (const page of fetchPages<string, Value>(api, at, name)) all.push(...page[name]);
  return all;
}
