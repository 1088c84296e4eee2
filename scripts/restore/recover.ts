// From restored tables back to a system that may be called: the restored items go into the stack's own tables, then each
// community is recovered. Nothing of the system may run meanwhile.
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "../../src/infra/aws.ts";
import { HEAD_PART, readHead } from "../../src/infra/head-store.ts";
import { copyTable } from "./copy-table.ts";
import { deleteAgain } from "./erasures.ts";
import { type Recovery, recoverCommunity } from "./recover-community.ts";

/** What the functions' environment calls the tables. */
export function tablesOf(environment: Record<string, string | undefined>): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    name.endsWith("_TABLE") && value ? value : [],
  );
}

async function readCommunities(): Promise<string[]> {
  const communities: string[] = [];
  const scan = {
    TableName: names.modelTable,
    ConsistentRead: true,
    FilterExpression: "part = :head",
    ExpressionAttributeValues: { ":head": { S: HEAD_PART } },
  };
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan))
    communities.push(...Items.map((item) => item.community.S!));
  return communities.sort();
}

/** `copies`: the stack's tables, each with the restored one that it is to hold. It may be done again from its beginning. */
export async function recover(
  copies: ReadonlyMap<string, string>,
  restoredToMs: number,
  print: (line: string) => void,
): Promise<Recovery[]> {
  for (const [table, restored] of copies) {
    const { items, deleted } = await copyTable(restored, table);
    print(`${table}: ${items} items of then, ${deleted} later ones deleted`);
  }
  const recoveries: Recovery[] = [];
  for (const community of await readCommunities()) {
    const head = await readHead(community);
    if (!head) continue; // it was being deleted: the tick goes on
    if (await deleteAgain(head, restoredToMs)) print(`${community}: was deleted since, and is again`);
    else recoveries.push(await recoverCommunity(community, restoredToMs, Date.now()));
  }
  return recoveries;
}

/** What an operator must know of a recovered community, and can tell its members. */
export function tell(recovery: Recovery): string[] {
  const { community, modelVersion, restored, versionThen, members, erased, lostGradients, round } = recovery;
  const rows =
    restored === versionThen ? "that of then" : `kept version ${restored}; then it was ${versionThen}`;
  return [
    `${community}: ${members} members, model version ${modelVersion} with the rows of version ${restored} (${rows})`,
    `${community}: ${erased} members had left or had something erased since; it is erased again`,
    `${community}: ${lostGradients} gradients that waited are rejected as lost`,
    `${community}: the latest published round is ${round}; later ones are lost, their numbers are given again`,
  ];
}
