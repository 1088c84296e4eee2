/**
 * What a restore asks of AWS beyond the tables' items: the stack's functions are stopped and woken, and
 * DynamoDB restores each table beside the one that the stack has. AWS restores into new tables without streams, TTL and
 * settings: docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.Tutorial.html
 */
import { DescribeTableCommand, RestoreTableToPointInTimeCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { dynamodb } from "../../src/infra/aws.ts";

const POLL_MS = 15_000;

/** Stops or wakes the functions: without concurrency nobody is served, and without their mappings queues and streams wait. */
export async function setTraffic(lambda: LambdaClient, functions: readonly string[], isOn: boolean) {
  for (const FunctionName of functions) {
    for await (const page of paginateListEventSourceMappings({ client: lambda }, { FunctionName }))
      for (const { UUID } of page.EventSourceMappings ?? [])
        await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isOn }));
    if (isOn) await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    else
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
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
