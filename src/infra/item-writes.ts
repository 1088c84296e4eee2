/** Items from plain values, for writes: what is undefined is left out. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall, type NativeAttributeValue } from "@aws-sdk/util-dynamodb";

export function itemOf(values: Record<string, NativeAttributeValue>): Record<string, AttributeValue> {
  return marshall(values, { removeUndefinedValues: true });
}
