/**
 * The one set that was answered of each sum: its digest and what became of each report. It is written before
 * the answer, on the condition that there is none, so that no two sets of a sum are ever answered. It
 * outlives the keys that its reports are sealed for, so afterwards nothing of the sum can be opened again.
 */
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { VERDICTS, type Verdict } from "../../../src/domain/secure/open-reports.ts";
import { dynamodb } from "../../../src/infra/aws.ts";
import { type Item, succeeds } from "../../../src/infra/head-store.ts";
import { settings } from "./names.ts";

/** Sums of one number under other terms are others: no report is bound to both. */
export interface SumName {
  community: string;
  sum: number;
  /** Of the terms, in hexadecimal digits. */
  termsHash: string;
}

export interface AnsweredSum {
  digest: string;
  /** One a report of the set. */
  verdicts: Verdict[];
}

const keyOf = ({ community, sum, termsHash }: SumName): Item => ({
  community: { S: community },
  part: { S: `sum#${String(sum).padStart(12, "0")}#${termsHash}` },
});

export async function readAnsweredSum(name: SumName): Promise<AnsweredSum | null> {
  const get = new GetItemCommand({ TableName: settings.helperTable, Key: keyOf(name), ConsistentRead: true });
  const { Item } = await dynamodb.send(get);
  return Item
    ? { digest: Item.digest.S!, verdicts: Array.from(Item.verdicts.B!, (at) => VERDICTS[at]) }
    : null;
}

/** Writes what is to be answered, and answers what stands there then: another's, if that came first. */
export async function putAnsweredSum(
  name: SumName,
  { digest, verdicts }: AnsweredSum,
  nowMs: number,
): Promise<AnsweredSum> {
  const put = new PutItemCommand({
    TableName: settings.helperTable,
    Item: {
      ...keyOf(name),
      digest: { S: digest },
      verdicts: { B: Uint8Array.from(verdicts, (verdict) => VERDICTS.indexOf(verdict)) },
      expiresAt: { N: String(Math.ceil((nowMs + settings.sumRetentionMs) / 1000)) },
    },
    ConditionExpression: "attribute_not_exists(part)",
  });
  if (await succeeds(dynamodb.send(put))) return { digest, verdicts };
  return (await readAnsweredSum(name))!;
}
