/**
 * What the stores hold of a community, with what is random or counts attempts taken out of it, so that two
 * runs of the same can be laid side by side.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { names } from "../../../src/infra/aws.ts";
import { formersOf } from "../../../src/infra/former-store.ts";
import { HOUR_COUNTS } from "../../../src/infra/member-store.ts";
import { objectKeys } from "../../../tests/simulation/bucket.ts";

/** By `table key attribute`, the value. */
export type State = Map<string, string>;

const INVITE = "invite#";
const IMPORT = "import#";
/**
 * Of a draft's quality: its time, and what compares it with the draft before, of which a fault may make one
 * more. Of an import: its times.
 */
const OF_ATTEMPTS = /\\"(engineSeconds|evaluations|moved|startedAtMs|endedAtMs|epochAtMs)\\":([0-9.]+|null)/g;

type Item = Record<string, AttributeValue>;

const text = (value: AttributeValue | undefined) =>
  JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part));

/**
 * A call that is made again is counted again, and says again that the roster may have changed, for which a
 * draft is made anew.
 */
const COUNTS = new Set<string>([
  ...Object.values(HOUR_COUNTS).flatMap(({ hour, count }) => [hour, count]),
  ...["rosterVersion", "sharedVersion", "removalVersion", "revision"],
]);

const SORT_KEYS = {
  model: "part",
  members: "userId",
  formers: "userId",
  items: "row",
  rounds: "part",
  ratings: "rating",
  sums: "part",
  commits: "version",
  notices: "part",
};
type Partition = keyof typeof SORT_KEYS;

function tableOf(partition: Partition): string {
  return partition === "formers" ? names.membersTable : names[`${partition}Table`];
}

async function readPartition(dynamodb: DynamoDBClient, partition: Partition, community: string) {
  const name = partition === "formers" ? formersOf(community) : community;
  const query = new QueryCommand({
    TableName: tableOf(partition),
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    ExpressionAttributeValues: { ":community": { S: name } },
  });
  return (await dynamodb.send(query)).Items ?? [];
}

/** Random names that members have, by what they stand for. */
function namesOf(members: readonly Item[]): [string, string][] {
  return members.flatMap((item) => {
    const of = item.row?.N ?? item.userId?.S ?? "";
    const named: [string | undefined, string][] = [
      [item.memberId?.S, `handle of ${of}`],
      [item.ratingsKey?.S, `ratings of ${of}`],
    ];
    return named.filter((pair): pair is [string, string] => pair[0] !== undefined);
  });
}

function codesOf(items: readonly Item[]): [string, string][] {
  const codes = items.flatMap(({ part }) =>
    part.S!.startsWith(INVITE) ? [part.S!.slice(INVITE.length)] : [],
  );
  return codes.map((code, n) => [code, `code ${n}`]);
}

function importsOf(sums: readonly Item[]): [string, string][] {
  const ids = sums.flatMap(({ part }) => (part.S!.startsWith(IMPORT) ? [part.S!.slice(IMPORT.length)] : []));
  return ids.map((id, n) => [id, `import ${n}`]);
}

/** Objects by what they are: their keys are random. */
function objectsOf(community: string): [string, string][] {
  const kinds = objectKeys()
    .filter((key) => key.split("/").includes(community))
    .map((key) => key.split("/"))
    .map(([first, second, , what]) => {
      if (first === "_erasures") return `_erasures ${what}`;
      return first === "_imports" ? first : second;
    });
  const counts = Map.groupBy(kinds, (kind) => kind);
  return [...counts].map(([kind, all]) => [`objects ${kind}`, String(all.length)]);
}

/** How many notices there are of each event: their ids are random. */
function noticesOf(items: readonly Item[]): [string, string][] {
  const counts = Map.groupBy(items, ({ part, event }) => `${part.S!.split("#")[0]} ${event?.S ?? ""}`);
  return [...counts].map(([kind, all]) => [`notices ${kind}`, String(all.length)]);
}

export async function readState(dynamodb: DynamoDBClient, community: string): Promise<State> {
  const partitions = Object.keys(SORT_KEYS) as Partition[];
  const read = await Promise.all(partitions.map((one) => readPartition(dynamodb, one, community)));
  const items = new Map(partitions.map((one, at) => [one, read[at]]));
  const people = [...items.get("members")!, ...items.get("formers")!];
  const renamed = [
    ...namesOf(people),
    ...codesOf(items.get("model")!),
    ...importsOf(items.get("sums")!),
    [community, "C"],
  ];
  const canonical = (of: string) =>
    renamed.reduce((result, [from, to]) => result.replaceAll(from, to), of).replace(OF_ATTEMPTS, "");
  const state: State = new Map([...objectsOf(community), ...noticesOf(items.get("notices")!)]);
  items.delete("notices");
  for (const [partition, found] of items)
    for (const item of found) {
      const key = partition === "formers" ? `row ${item.row?.N}` : text(item[SORT_KEYS[partition]]);
      for (const [name, value] of Object.entries(item))
        if (!COUNTS.has(name) && name !== "community")
          state.set(canonical(`${partition} ${key} ${name}`), canonical(text(value)));
    }
  return state;
}

/** Takes a community out of the sight of later ticks. */
export async function hide(dynamodb: DynamoDBClient, community: string): Promise<void> {
  const Key = { community: { S: community }, part: { S: "head" } };
  await dynamodb.send(new DeleteItemCommand({ TableName: names.modelTable, Key }));
}

/** Where two states differ, apart from `noise`. */
export function differences(state: State, expected: State, noise: ReadonlySet<string>): string[] {
  const keys = new Set([...state.keys(), ...expected.keys()]);
  return [...keys].filter((key) => !noise.has(key) && state.get(key) !== expected.get(key));
}
