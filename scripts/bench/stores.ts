/** The stores of serverless.yml without its routes and mappings, for measurements that invoke handlers themselves. */
import { fileURLToPath } from "node:url";
import type { DynamoDb } from "../local/services/dynamodb.ts";
import { startStores as startTemplateStores } from "../local/stores.ts";
import { readTemplate, type Template } from "../local/template/template.ts";

export interface Stores {
  template: Template;
  database: DynamoDb;
  stop(): Promise<void>;
}

/** Points process.env at them. */
export async function startStores(): Promise<Stores> {
  const template = readTemplate(fileURLToPath(new URL("../../serverless.yml", import.meta.url)));
  const { environment, database, stop } = await startTemplateStores(template);
  Object.assign(process.env, environment);
  return { template, database, stop };
}
