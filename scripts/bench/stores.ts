/** Tables, queues and bucket of serverless.yml without its routes and mappings, for measurements that invoke handlers themselves. */
import { fileURLToPath } from "node:url";
import { createTables, startDynamoDb } from "../local/services/dynamodb.ts";
import { createBuckets, createQueues, startQueues } from "../local/services/queues.ts";
import { type Resources, resolveIntrinsic } from "../local/template/resources.ts";
import { readTemplate, type Template } from "../local/template/template.ts";

export interface Stores {
  template: Template;
  stop(): Promise<void>;
}

export async function startStores(): Promise<Stores> {
  const template = readTemplate(fileURLToPath(new URL("../../serverless.yml", import.meta.url)));
  const { region } = template.provider;
  const database = await startDynamoDb({ region, log: (line) => console.error(line) });
  const queues = await startQueues(region);
  const resources: Resources = new Map();
  await createTables(template, database.wire, resources);
  await createQueues(template, queues, resources);
  await createBuckets(template, queues, resources);
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
    AWS_ENDPOINT_URL_SQS: queues.url,
    AWS_ENDPOINT_URL_S3: queues.url,
  });
  for (const [name, value] of Object.entries(template.provider.environment)) {
    process.env[name] = resolveIntrinsic(value, resources);
  }
  return {
    template,
    async stop() {
      await queues.stop();
      await database.stop();
    },
  };
}
