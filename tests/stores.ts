/**
 * The embedded stores without the rest of the local system: the tables, queues and bucket of serverless.yml,
 * and the environment by which src/infra reaches them. Whoever drives handlers step by step starts these;
 * nothing else takes from the queues.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTables, type DynamoDb, startDynamoDb } from "../scripts/local/services/dynamodb.ts";
import { startStores as startTemplateStores } from "../scripts/local/stores.ts";
import { type Resources, resolveIntrinsic } from "../scripts/local/template/resources.ts";
import { readTemplate, type Template } from "../scripts/local/template/template.ts";

export interface Stores {
  stop(): Promise<void>;
}

const templateOf = (path: string) => readTemplate(join(dirname(fileURLToPath(import.meta.url)), path));
const template = templateOf("../serverless.yml");
const { region } = template.provider;

/** Names of the resources that were made; of the others there is no name to be had. */
function setNames(template: Template, resources: Resources): void {
  for (const [name, value] of Object.entries(template.provider.environment)) {
    const { Ref: id } = value as { Ref?: string };
    if (typeof value !== "object") process.env[name] = String(value);
    else if (id === undefined)
      process.env[name] = JSON.stringify(value); // a secret
    else if (resources.has(id)) process.env[name] = resolveIntrinsic(value, resources);
  }
}

async function makeTables(stack: Template, { wire }: DynamoDb): Promise<void> {
  const resources: Resources = new Map();
  await createTables(stack, wire, resources);
  setNames(stack, resources);
}

/** The table of the helper, and its other environment; its bucket is the leader's. */
export function addHelper(database: DynamoDb): Promise<void> {
  return makeTables(templateOf("../helper/serverless.yml"), database);
}

/** Starts the database, makes the tables of both stacks, and points process.env at them. */
export async function startTables(): Promise<Stores> {
  const database = await startDynamoDb({ region, log: () => {} });
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
  });
  await makeTables(template, database);
  await addHelper(database);
  return database;
}

/** Starts all of them, and points process.env at them. */
export async function startStores(): Promise<Stores> {
  const { environment, stop } = await startTemplateStores(template);
  Object.assign(process.env, environment);
  return { stop };
}
