/**
 * What a restore asks of AWS beyond the tables' items: the stack's functions are stopped and woken by the AWS CLI, and
 * DynamoDB restores each table beside the one that the stack has. AWS restores into new tables without streams, TTL and
 * settings: docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.Tutorial.html
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DescribeTableCommand, RestoreTableToPointInTimeCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb } from "../../src/infra/aws.ts";

const POLL_MS = 15_000;

async function aws<Answer>(region: string, ...command: string[]): Promise<Answer> {
  const options = ["--region", region, "--output", "json"];
  const { stdout } = await promisify(execFile)("aws", [...command, ...options], { maxBuffer: 1 << 26 });
  return stdout.trim() === "" ? ({} as Answer) : JSON.parse(stdout);
}

/** The environment of the stack's functions, which names its tables and its bucket. */
export async function readEnvironment(region: string, functionName: string): Promise<Record<string, string>> {
  const { Environment } = await aws<{ Environment: { Variables: Record<string, string> } }>(
    region,
    ...["lambda", "get-function-configuration", "--function-name", functionName],
  );
  return Environment.Variables;
}

/** Stops or wakes the functions: without concurrency nobody is served, and without their mappings queues and streams wait. */
export async function setTraffic(region: string, functions: readonly string[], isOn: boolean): Promise<void> {
  for (const name of functions) {
    const { EventSourceMappings } = await aws<{ EventSourceMappings: { UUID: string }[] }>(
      region,
      ...["lambda", "list-event-source-mappings", "--function-name", name],
    );
    for (const { UUID } of EventSourceMappings) {
      const enabled = isOn ? "--enabled" : "--no-enabled";
      await aws(region, "lambda", "update-event-source-mapping", "--uuid", UUID, enabled);
    }
    if (isOn) await aws(region, "lambda", "delete-function-concurrency", "--function-name", name);
    else {
      const none = ["--reserved-concurrent-executions", "0"];
      await aws(region, "lambda", "put-function-concurrency", "--function-name", name, ...none);
    }
  }
}

async function statusOf(table: string): Promise<string | undefined> {
  try {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
    return Table?.TableStatus;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

/** Where a table is restored to; the same for the same time, so that who begins again finds what is there. */
export const restoredName = (table: string, toMs: number): string =>
  `${table}-at-${new Date(toMs).toISOString().replace(/\D/g, "").slice(0, 14)}`;

/** Has DynamoDB restore the tables to one second, and waits until all are there. */
export async function restoreTables(
  tables: readonly string[],
  toMs: number,
  print: (line: string) => void,
): Promise<Map<string, string>> {
  const copies = new Map(tables.map((table) => [table, restoredName(table, toMs)]));
  for (const [SourceTableName, TargetTableName] of copies) {
    if (await statusOf(TargetTableName)) continue;
    const when = { RestoreDateTime: new Date(toMs), GlobalSecondaryIndexOverride: [] }; // its items alone are wanted
    const command = new RestoreTableToPointInTimeCommand({ SourceTableName, TargetTableName, ...when });
    await dynamodb.send(command);
    print(`DynamoDB restores ${SourceTableName} into ${TargetTableName}`);
  }
  for (const restored of copies.values())
    while ((await statusOf(restored)) !== "ACTIVE") await new Promise((next) => setTimeout(next, POLL_MS));
  return copies;
}
