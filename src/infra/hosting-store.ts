/** Hosted learning as it stands with the member: the mode, the key to their ratings, the factors that these make. */
import { type TransactWriteItem, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamodb, names } from "./aws.ts";
import { type Item, succeeds } from "./head-store.ts";
import { bytesOf, changeMember, type Member, memberKey } from "./member-store.ts";

/** Makes a local member hosted, under a new ratings key; `condition` where an erasure is not finished. */
export function beginHosting(community: string, userId: string, ratingsKey: string) {
  return changeMember(
    community,
    userId,
    "rosterVersion",
    "SET learning = :hosted, ratingsKey = :key, ratingsVersion = :none",
    { ":hosted": { S: "hosted" }, ":key": { S: ratingsKey }, ":none": { N: "0" }, ":local": { S: "local" } },
    "learning = :local AND attribute_not_exists(ratingsKey)",
  );
}

/** Makes a hosted member local and forgets x_u: from here on nothing is stored under the ratings key, which stays. */
export function endHosting(community: string, userId: string) {
  return changeMember(
    community,
    userId,
    "rosterVersion",
    "SET learning = :local REMOVE userFactors, noiseStdDev",
    { ":local": { S: "local" }, ":hosted": { S: "hosted" } },
    "learning = :hosted",
  );
}

/** Forgets the ratings key of a local member, after everything under it. */
export function forgetRatingsKey(community: string, userId: string, ratingsKey: string): Promise<boolean> {
  const update = new UpdateItemCommand({
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression: "REMOVE ratingsKey, ratingsVersion",
    ConditionExpression: "ratingsKey = :key AND learning = :local",
    ExpressionAttributeValues: { ":key": { S: ratingsKey }, ":local": { S: "local" } },
  });
  return succeeds(dynamodb.send(update));
}

/**
 * Replaces the factors of a hosted member, unless they have rated since they were read; tells whether they
 * are replaced.
 */
export function setLearnedFactors(
  community: string,
  member: Member,
  userFactors: Float32Array,
): Promise<boolean> {
  return succeeds(dynamodb.send(new UpdateItemCommand(ratingsUpdate(community, member, userFactors))));
}

/** The member's part in storing ratings: their factors, if still as read. It makes the ratings of a member a chain of versions. */
export function ratingsWrite(
  community: string,
  member: Member,
  userFactors: Float32Array,
): TransactWriteItem {
  return { Update: ratingsUpdate(community, member, userFactors) };
}

function ratingsUpdate(community: string, { userId, ratings }: Member, userFactors: Float32Array) {
  return {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    UpdateExpression: "SET ratingsVersion = :next, userFactors = :factors REMOVE noiseStdDev",
    ConditionExpression: "ratingsKey = :key AND ratingsVersion = :read AND learning = :hosted",
    ExpressionAttributeValues: {
      ":key": { S: ratings!.key },
      ":read": { N: String(ratings!.version) },
      ":next": { N: String(ratings!.version + 1) },
      ":hosted": { S: "hosted" },
      ":factors": { B: bytesOf(userFactors) },
    } as Item,
  };
}
