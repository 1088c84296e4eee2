/** Items from plain values, for writes: what is undefined is left out. And the loop around deletes of many items. */
import { type AttributeValue, BatchWriteItemCommand, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { marshall, type NativeAttributeValue } from "@aws-sdk/util-dynamodb";
import { dynamodb } from "./aws.ts";
import { retry } from "./retry.ts";

type Item = Record<string, AttributeValue>;

export function itemOf(values: Record<string, NativeAttributeValue>): Item {
  return marshall(values, { removeUndefinedValues: true });
}

/** BatchWriteItem takes 25. */
const DELETES_PER_REQUEST_MAX = 25;

/** Deletes items by their keys; what stays unprocessed, whoever goes on erasing finds. */
export async function deleteItems(table: string, keys: readonly Item[]): Promise<void> {
  for (let at = 0; at < keys.length; at += DELETES_PER_REQUEST_MAX) {
    let waiting: WriteRequest[] = keys
      .slice(at, at + DELETES_PER_REQUEST_MAX)
      .map((Key) => ({ DeleteRequest: { Key } }));
    await retry(async () => {
      const answer = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: waiting } }));
      waiting = answer.UnprocessedItems?.[table] ?? [];
      return waiting.length === 0 ? true : null;
    });
  }
}
