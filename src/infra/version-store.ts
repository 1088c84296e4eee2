/** Kept versions: which objects the matrix blocks of an earlier model were. As long as a version is kept, so are they. */
import { DeleteItemCommand, GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import { type Head, headKey, type Item } from "./head-store.ts";
import { decodeManifest, encodeManifest, type Manifest } from "./matrix-block-store.ts";
import { transactPatiently } from "./transaction.ts";

export interface KeptVersion {
  modelVersion: number;
  keptAtMs: number;
  manifest: Manifest;
}

const PREFIX = "version#";

const versionKey = (community: string, modelVersion: number): Item => ({
  community: { S: community },
  part: { S: PREFIX + String(modelVersion).padStart(12, "0") },
});

function readVersionItem(item: Item): KeptVersion {
  return {
    modelVersion: Number(item.part.S!.slice(PREFIX.length)),
    keptAtMs: Number(item.keptAtMs.N),
    manifest: decodeManifest(item.manifest.B!),
  };
}

/** Keeps the version that a head is at, unless the community is deleted by now; tells whether it was not kept already. */
export async function keepVersion(head: Head, nowMs: number): Promise<boolean> {
  const { community, modelVersion, manifest, createdAtMs } = head;
  const Put = {
    TableName: names.modelTable,
    Item: {
      ...versionKey(community, modelVersion),
      keptAtMs: { N: String(nowMs) },
      manifest: { B: encodeManifest(manifest) },
    },
    ConditionExpression: "attribute_not_exists(part)",
  };
  const ConditionCheck = {
    TableName: names.modelTable,
    Key: headKey(community),
    ConditionExpression: "createdAtMs = :created",
    ExpressionAttributeValues: { ":created": { N: String(createdAtMs) } },
  };
  return (await transactPatiently([{ Put }, { ConditionCheck }])).outcome === "committed";
}

export async function readVersion(community: string, modelVersion: number): Promise<KeptVersion | null> {
  const Key = versionKey(community, modelVersion);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.modelTable, Key, ConsistentRead: true }),
  );
  return Item ? readVersionItem(Item) : null;
}

/** The kept versions of a community, oldest first: one a day at most, so of some weeks all in one page of 1 MB. */
export async function readVersions(community: string): Promise<KeptVersion[]> {
  const query = new QueryCommand({
    TableName: names.modelTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community AND begins_with(part, :prefix)",
    ExpressionAttributeValues: { ":community": { S: community }, ":prefix": { S: PREFIX } },
  });
  const { Items = [] } = await dynamodb.send(query);
  return Items.map(readVersionItem);
}

export async function dropVersion(community: string, modelVersion: number): Promise<void> {
  const Key = versionKey(community, modelVersion);
  await dynamodb.send(new DeleteItemCommand({ TableName: names.modelTable, Key }));
}
