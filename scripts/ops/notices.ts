/** Deliveries of notices that were given up: each is tried once more when it is sent back. */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "../../src/infra/aws.ts";
import { succeeds } from "../../src/infra/head-store.ts";

interface DeadNotice {
  community: string;
  /** Its key in the table. */
  delivery: string;
}

/** Undefined for what is no delivery: records of the stream, in AWS's envelope. */
export function readDeadNotice(body: string): DeadNotice | undefined {
  try {
    const { community, delivery } = JSON.parse(body) as Partial<DeadNotice>;
    return community && delivery ? { community, delivery } : undefined;
  } catch {
    return undefined;
  }
}

/** Has the tick deliver it; nothing where its webhook is gone. */
export async function wakeDelivery({ community, delivery }: DeadNotice): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: names.noticesTable,
    Key: { community: { S: community }, part: { S: delivery } },
    UpdateExpression: "SET #state = :waiting, due = :due, dueAtMs = :now",
    ConditionExpression: "attribute_exists(part)",
    ExpressionAttributeNames: { "#state": "state" },
    ExpressionAttributeValues: {
      ":waiting": { S: "waiting" },
      ":due": { S: "delivery" },
      ":now": { N: "0" },
    },
  });
  await succeeds(dynamodb.send(update));
}
