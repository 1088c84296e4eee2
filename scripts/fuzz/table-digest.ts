// A digest of all that the tables hold.
import { createHash } from "node:crypto";
import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";

export interface TableDigest {
  of(): Promise<string>;
  stop(): void;
}

/** Maps and sets come in another order with each read. */
function inOrder(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return ["SS", "NS", "BS"].includes(key) ? value.toSorted() : value;
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `environment`: that of the functions, which names the tables as `..._TABLE`. */
export function tableDigest(environment: Record<string, string>): TableDigest {
  const tables = Object.entries(environment).flatMap(([name, value]) =>
    name.endsWith("_TABLE") ? [value] : [],
  );
  const client = new DynamoDBClient({
    region: environment.AWS_REGION,
    endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  async function itemsOf(TableName: string): Promise<string[]> {
    const items: string[] = [];
    let page: Partial<ScanCommandOutput> = {};
    do {
      page = await client.send(
        new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: page.LastEvaluatedKey }),
      );
      for (const item of page.Items ?? []) items.push(JSON.stringify(item, inOrder));
    } while (page.LastEvaluatedKey);
    return items.sort();
  }
  return {
    async of() {
      const texts = await Promise.all(tables.map(itemsOf));
      return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
    },
    stop: () => client.destroy(),
  };
}
