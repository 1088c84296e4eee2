/**
 * DynamoDB for one machine: dynoxide as a child process, its tables made from serverless.yml with the real
 * CreateTable call. TERTULIA_DYNAMODB_URL puts any other DynamoDB-compatible endpoint in its place.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CreateTableCommandInput, TableDescription } from "@aws-sdk/client-dynamodb";
import type { Resource, Resources } from "../template/resources.ts";
import type { TableProperties, Template } from "../template/template.ts";
import { AwsError, type AwsWire, awsWire } from "./aws-wire.ts";
import { dynoxideProgram } from "./dynoxide.ts";
import { portFor } from "./ports.ts";
import { indexStreamRecords, makeMemoryDir } from "./stream-index.ts";

export interface DynamoDb {
  url: string;
  wire: AwsWire;
  stop(): Promise<void>;
}

// Starts the database and waits for the end of a pipe to this process, which comes with our end, however that comes. The
// shell itself must say nothing: with us gone, a word into the other pipes would kill it before it has cleaned up.
const watch = `
  trash=$1; shift
  "$@" </dev/null 3<&- & child=$!
  exec >/dev/null 2>&1
  { cat; kill $child; } <&3 &
  wait $child; code=$?
  rm -rf "$trash"; exit $code`;

/** Starts the database, in memory or in `dataDir`; it takes requests when this resolves. */
export async function startDynamoDb(options: {
  region: string;
  dataDir?: string;
  log: (line: string) => void;
}): Promise<DynamoDb> {
  const { region, dataDir, log } = options;
  const given = process.env.TERTULIA_DYNAMODB_URL;
  if (given) {
    const wire = awsWire(given, region);
    return { url: given, wire, stop: async () => wire.close() };
  }
  const program = await dynoxideProgram();
  const port = await portFor("dynamodb");
  const memoryDir = dataDir ? undefined : makeMemoryDir();
  const dir = dataDir ?? memoryDir;
  const file = dir && join(dir, "dynamodb.db");
  const flags = ["--port", String(port), ...(file ? ["--db-path", file] : [])];
  const child = spawn("sh", ["-c", watch, "sh", memoryDir ?? "", program, ...flags], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true, // Ctrl-C is for us: the database ends after the last handler has
  });
  const ended = once(child, "exit");
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream!).on("line", (line) => {
        if (line.includes("listening on")) resolve();
        else said.push(line);
      });
    }
    child.once("exit", () => reject(new Error(`dynoxide did not start: ${said.join(" ").trim()}`)));
  });
  if (file) indexStreamRecords(file);
  const complain = () => log(`dynoxide has ended: ${said.join(" ").trim()}`);
  child.once("exit", complain);
  const url = `http://127.0.0.1:${port}`;
  const wire = awsWire(url, region);
  return {
    url,
    wire,
    async stop() {
      wire.close();
      child.off("exit", complain);
      child.stdio[3]?.destroy();
      await ended;
    },
  };
}

/** Makes the tables of the template that are not there yet, and the indexes that a kept table lacks; adds them to `resources`. */
export async function createTables(template: Template, wire: AwsWire, resources: Resources): Promise<void> {
  const tables = Object.entries(template.tables);
  await Promise.all(
    tables.map(async ([id, properties]) => {
      const name = properties.TableName ?? `${template.service}-${template.stage}-${id}`;
      resources.set(id, await createTable(wire, name, properties));
    }),
  );
}

async function createTable(wire: AwsWire, name: string, properties: TableProperties): Promise<Resource> {
  const call = <Output>(action: string, input: object) =>
    wire.call<Output>("DynamoDB_20120810", action, { TableName: name, ...input });
  const { StreamSpecification: stream, TimeToLiveSpecification: timeToLive } = properties;
  const input: Omit<CreateTableCommandInput, "TableName"> = {
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    BillingMode: properties.BillingMode,
    ProvisionedThroughput: properties.ProvisionedThroughput,
    GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes,
    LocalSecondaryIndexes: properties.LocalSecondaryIndexes,
    StreamSpecification: stream && { StreamEnabled: true, ...stream },
  };
  try {
    await call("CreateTable", input);
    if (timeToLive) await call("UpdateTimeToLive", { TimeToLiveSpecification: timeToLive });
  } catch (error) {
    if (!(error instanceof AwsError && error.type === "ResourceInUseException")) throw error;
  }
  const { Table: table } = await call<{ Table: TableDescription }>("DescribeTable", {});
  for (const Create of properties.GlobalSecondaryIndexes ?? []) {
    if (table.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === Create.IndexName)) continue;
    const { AttributeDefinitions } = properties;
    await call("UpdateTable", { AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create }] });
  }
  const attributes: Record<string, string> = { Arn: table.TableArn ?? "" };
  if (table.LatestStreamArn) attributes.StreamArn = table.LatestStreamArn;
  return { ref: name, attributes };
}
