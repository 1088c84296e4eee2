/**
 * The network of a seed with secure sums: what devices ask of leader and helper, and the leader of the
 * helper. A request waits to be let go like one to a store, and so does its answer once it is there; so
 * either may be late, get lost, or find its caller dead.
 */
import type { Call } from "../fixtures/events.ts";
import { clockMs } from "./clock.ts";
import { ANY_COMMAND, type Fault, type FaultKind, networkError } from "./faults.ts";
import type { EndpointName, HelperEndpointName } from "./instances.ts";
import { Invocation } from "./invocation.ts";
import type { Lambdas } from "./lambdas.ts";
import type { RandomSource } from "./random-source.ts";

export const LEADER_URL = "https://leader.simulated";
export const HELPER_URL = "https://helper.simulated";
const C = "/communities/{community}";

interface Route<Name> {
  route: string;
  endpoint: Name;
}

const LEADER_ROUTES: readonly Route<EndpointName>[] = [
  { route: `PUT ${C}/members/me`, endpoint: "join-community" },
  { route: `GET ${C}`, endpoint: "get-community" },
  { route: `GET ${C}/model`, endpoint: "get-model" },
  { route: `GET ${C}/gradients/{id}`, endpoint: "get-gradient" },
  { route: `POST ${C}/sums/{sum}/reports`, endpoint: "submit-report" },
];
const HELPER_ROUTES: readonly Route<HelperEndpointName>[] = [
  { route: "GET /hpke", endpoint: "get-hpke" },
  { route: `PUT ${C}/keys/me`, endpoint: "member-keys" },
  { route: `DELETE ${C}/keys/me`, endpoint: "member-keys" },
  { route: `PUT ${C}/sums/{sum}`, endpoint: "sum-masks" },
];

/** Status 0: nobody is there. */
interface HttpAnswer {
  status: number;
  body: Record<string, unknown>;
}

/** Told of whatever a Lambda has answered, though the answer may get lost. */
export type Witness = (call: Call, answer: HttpAnswer) => void;

const KINDS: readonly FaultKind[] = [
  ...(["crash-before", "crash-after", "unsent", "response-lost", "response-lost-once", "throttled"] as const),
];
/** More than any of the handlers sends requests. */
const REQUESTS_MAX = 30;

/** A fault at any of the requests of whoever it befalls. */
export function anyFault(random: RandomSource, odds: number, requestsMax = REQUESTS_MAX): Fault | null {
  if (!random.isHit(odds)) return null;
  const from = random.whole(0, requestsMax - 1);
  return { kind: random.pick(KINDS), command: ANY_COMMAND, from, times: random.pick([1, 1, 1, 6]) };
}

function matched<Name>(routes: readonly Route<Name>[], method: string, path: string) {
  for (const { route, endpoint } of routes) {
    const [verb, template] = route.split(" ");
    const pattern = new RegExp(`^${template.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
    const parameters = verb === method ? pattern.exec(path) : null;
    if (parameters) return { route, endpoint, parameters: { ...parameters.groups } };
  }
  return null;
}

export class Network {
  /** Nothing fails any more. */
  isCalm = false;
  helperDownUntilMs = 0;
  /** Of the simulation itself: whoever sent the request would take it for a lost connection. */
  failure: Error | null = null;
  private readonly lambdas: Lambdas;
  private readonly random: RandomSource;
  private readonly witness: Witness;

  constructor(lambdas: Lambdas, random: RandomSource, witness: Witness) {
    this.lambdas = lambdas;
    this.random = random;
    this.witness = witness;
  }

  /** `fetch` of whoever is running. */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const invocation = Invocation.current()!;
    const url = new URL(String(input));
    let answer: HttpAnswer | null = null;
    const take = (given: HttpAnswer) => {
      answer = given;
    };
    const proceed = () =>
      this.send(url, init, take).catch((error) => {
        this.failure ??= error;
        take({ status: 0, body: {} });
      });
    await invocation.park({ command: `HTTP ${init.method}`, proceed });
    const isReady = () => answer !== null;
    await invocation.park({ command: "HTTP answer", proceed: async () => {}, isReady });
    const { status, body } = answer as unknown as HttpAnswer;
    if (status === 0) throw networkError();
    return new Response([204, 304].includes(status) ? null : JSON.stringify(body), { status });
  };

  private async send(url: URL, init: RequestInit, answered: (answer: HttpAnswer) => void): Promise<void> {
    const { origin, pathname, searchParams } = url;
    const isHelper = origin === HELPER_URL;
    if (isHelper && clockMs() < this.helperDownUntilMs)
      return answered(this.random.pick([0, 503]) === 0 ? { status: 0, body: {} } : unavailable(503));
    if (!this.isCalm && this.random.isHit(0.03)) return answered(unavailable(429));
    const headers = init.headers as Record<string, string>;
    const isText = typeof init.body === "string";
    const rest = {
      userId: headers.authorization?.slice("Bearer ".length) ?? "",
      headers,
      ...(searchParams.size > 0 ? { query: Object.fromEntries(searchParams) } : {}),
      ...(isText ? { body: JSON.parse(String(init.body)) } : {}),
      ...(init.body instanceof Uint8Array ? { octets: init.body } : {}),
    };
    const told = (call: Call) => (status: number, body: Record<string, unknown>) => {
      this.witness(call, { status, body });
      answered(status === 504 ? unavailable(503) : { status, body });
    };
    const fault = this.isCalm ? null : anyFault(this.random, 0.25, 12);
    const method = init.method!;
    const ofHelper = isHelper ? matched(HELPER_ROUTES, method, pathname) : null;
    const ofLeader = isHelper ? null : matched(LEADER_ROUTES, method, pathname);
    const call = { route: "", parameters: {}, ...(ofHelper ?? ofLeader), ...rest };
    if (ofHelper) await this.lambdas.callHelper(ofHelper.endpoint, call, fault, told(call));
    else if (ofLeader) await this.lambdas.call(ofLeader.endpoint, call, fault, told(call));
    else answered({ status: 404, body: { message: `nobody answers ${method} ${pathname}` } });
  }
}

/** What API Gateway says by itself. */
const unavailable = (status: number): HttpAnswer => ({ status, body: { message: "simulated" } });

const outside = globalThis.fetch;
let current: Network | null = null;

/** From now on requests to leader and helper go by this network. */
export function useNetwork(network: Network): void {
  current = network;
  globalThis.fetch = (input, init) => {
    const isSimulated = [LEADER_URL, HELPER_URL].some((origin) => String(input).startsWith(origin));
    return isSimulated ? current!.fetch(input, init) : outside(input, init);
  };
}
