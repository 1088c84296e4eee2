/**
 * The whole of serverless.yml on one machine: its tables, queues, bucket, routes and mappings around the real handlers.
 *
 * One system at a time in a process: process.env and handler modules belong to the process. A second start after a stop
 * finds the same ports and names, so clients that handler modules keep go on working; state those modules cache
 * is the first system's, as in a warm Lambda whose tables were replaced. Jest gives each test file fresh modules.
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { takeDataDir } from "./data-dir.ts";
import { type Activity, type LocalFunction, localFunction } from "./functions.ts";
import { startGateway, type Target } from "./gateway/gateway.ts";
import { type Route, route } from "./gateway/routes.ts";
import { openTokens } from "./gateway/tokens.ts";
import type { EventSource } from "./mappings/event-source.ts";
import type { ScheduleClock } from "./mappings/event-source-schedule.ts";
import { driveMappings } from "./mappings/mappings.ts";
import type { PutEvent } from "./services/events.ts";
import { startStores } from "./stores.ts";
import { readTemplate, type Template } from "./template/template.ts";

export interface LocalSystemOptions {
  /** 0, the default, takes any free one. */
  port?: number;
  /** Keeps tables, queues, objects, stream positions and the token key; without it all is in memory. */
  dataDir?: string;
  /** Win over the parameters of serverless.yml. */
  params?: Record<string, string | number>;
  /** Default: this repository's serverless.yml. Handlers are looked for beside it. */
  template?: string;
  /** What schedules go by; default: the machine's clock. */
  scheduleClock?: ScheduleClock;
  log?: (line: string) => void;
}

export interface LocalSystem {
  url: string;
  /** The functions' environment: with it, other code reaches the same tables and queues. */
  environment: Record<string, string>;
  token(sub: string, scope?: string): Promise<string>;
  /** The last events that were put on its buses, oldest first. */
  events: readonly PutEvent[];
  /** Resolves when no mapped queue has a message visible or in flight (delayed ones apart) and each stream is read. */
  drain(): Promise<void>;
  /** Accepts no request, finishes what was taken from queues and streams, ends the children. */
  stop(): Promise<void>;
}

const repositoryTemplate = join(dirname(fileURLToPath(import.meta.url)), "../../serverless.yml");

export async function startLocalSystem(options: LocalSystemOptions = {}): Promise<LocalSystem> {
  const { dataDir, scheduleClock, log = () => {} } = options;
  const file = resolve(options.template ?? repositoryTemplate);
  const template = readTemplate(file, { params: options.params });
  await using starting = new AsyncDisposableStack(); // undone in reverse, should a step fail
  if (dataDir) starting.defer(takeDataDir(dataDir));
  const stores = await startStores(template, { dataDir, log });
  starting.defer(() => stores.stop());
  const { events } = stores;
  // LAMBDA_TASK_ROOT is where a function finds the files that are packaged with it.
  const environment = { ...stores.environment, LAMBDA_TASK_ROOT: dirname(file) };
  Object.assign(process.env, environment);

  const activity: Activity = { started: 0, running: 0 };
  const functions = new Map<string, LocalFunction>();
  for (const name of Object.keys(template.functions)) {
    functions.set(name, localFunction(name, { template, root: dirname(file), activity, log }));
  }
  const parts = { ...stores, template, functions, dataDir, scheduleClock, log };
  const sources = driveMappings(parts);
  starting.defer(async () => void (await Promise.all(sources.map((source) => source.stop()))));

  const tokens = await openTokens(dataDir);
  const { authorizers, cors } = template.provider.httpApi;
  const issuer = Object.values(authorizers)[0];
  const gateway = await startGateway({
    port: options.port ?? 0,
    routes: routesOf(template, functions),
    tokens,
    issuer,
    cors,
    environment,
    log,
  });
  starting.defer(() => gateway.stop());

  const running = starting.move();
  return {
    url: gateway.url,
    environment,
    events,
    token: (sub, scope) => tokens.sign({ sub, scope }, issuer),
    drain: () => drain(sources, activity),
    stop: () => running.disposeAsync(),
  };
}

function routesOf(template: Template, functions: Map<string, LocalFunction>): Route<Target>[] {
  const routes: Route<Target>[] = [];
  for (const [name, { events }] of Object.entries(template.functions)) {
    for (const { httpApi } of events) {
      if (!httpApi) continue;
      const authorizer = httpApi.authorizer
        ? template.provider.httpApi.authorizers[httpApi.authorizer]
        : undefined;
      if (httpApi.authorizer && !authorizer) {
        throw new Error(`serverless.yml: ${name}: there is no authorizer ${httpApi.authorizer}`);
      }
      routes.push(route(httpApi.method, httpApi.path, { fn: functions.get(name)!, authorizer }));
    }
  }
  return routes;
}

/** One source may feed another, so all must be idle at once: none runs at the start and none has begun at the end. */
async function drain(sources: EventSource[], activity: Activity): Promise<void> {
  for (;;) {
    const { started, running } = activity;
    const idle = await Promise.all(sources.map((source) => source.isIdle()));
    if (idle.every(Boolean) && running === 0 && activity.started === started) return;
    await new Promise((again) => setTimeout(again, 20));
  }
}
