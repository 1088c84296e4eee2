/**
 * The ratings of hosted members, an item each, under the ratings key of their member: a random text that stands with the
 * member and nowhere else, so that this table says of nobody whose the ratings are.
 */
import {
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import type { FoldedRatings, Rating } from "../domain/learning/ratings.ts";
import { GRADIENT_AGE_MAX_MS } from "../domain/limits.ts";
import { dynamodb, names } from "./aws.ts";
import type { Item } from "./head-store.ts";
import { ratingsWrite } from "./hosting-store.ts";
import { queryAll, queryPages } from "./item-reads.ts";
import { deleteItems } from "./item-writes.ts";
import type { Member } from "./member-store.ts";
import type { Page } from "./person-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

export interface StoredRating extends Rating {
  /** Of the gradient that was made when this rating was stored. */
  gradientId: string;
}

const ratingKey = (community: string, ratingsKey: string, id: string): Item => ({
  community: { S: community },
  rating: { S: `${ratingsKey}#${id}` },
});

function readRatingItem(item: Item): StoredRating {
  return {
    id: item.rating.S!.split("#")[1],
    row: Number(item.row.N),
    value: Number(item.value.N),
    occurredAtMs: Number(item.occurredAtMs.N),
    gradientId: item.gradientId.S!,
  };
}

/** The query of what stands under a ratings key. */
const ratingsQuery = (community: string, ratingsKey: string): QueryCommandInput => ({
  TableName: names.ratingsTable,
  ConsistentRead: true,
  // begins_with would do, and costs the embedded database a look at every rating of the community.
  KeyConditionExpression: "community = :community AND rating BETWEEN :first AND :last",
  ExpressionAttributeValues: {
    ":community": { S: community },
    ":first": { S: `${ratingsKey}#` },
    ":last": { S: `${ratingsKey}#~` },
  },
});

/** All ratings under a key, those that no longer count among them. */
export function readRatings(community: string, ratingsKey: string): Promise<StoredRating[]> {
  return queryAll(ratingsQuery(community, ratingsKey), readRatingItem);
}

/** Ratings under a key behind the one of an id, by their ids, those that no longer count among them. */
export async function readRatingsPage(
  community: string,
  ratingsKey: string,
  after: string | undefined,
  countMax: number,
): Promise<Page<StoredRating>> {
  const query = new QueryCommand({
    ...ratingsQuery(community, ratingsKey),
    ExclusiveStartKey: after === undefined ? undefined : ratingKey(community, ratingsKey, after),
    Limit: countMax,
  });
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(query);
  const values = Items.map(readRatingItem);
  return { values, next: LastEvaluatedKey && values.at(-1)?.id };
}

/**
 * All ratings of a community, those under one key after another: a page of 1 MB at a time, where each key
 * alone were a request.
 */
export async function* readRatingsByKey(community: string): AsyncGenerator<[string, StoredRating[]]> {
  const query = {
    TableName: names.ratingsTable,
    ConsistentRead: true,
    KeyConditionExpression: "community = :community",
    ExpressionAttributeValues: { ":community": { S: community } },
  };
  let key: string | undefined;
  let ratings: StoredRating[] = [];
  for await (const items of queryPages(query)) {
    for (const item of items) {
      const [next] = item.rating.S!.split("#");
      if (key !== undefined && key !== next) {
        yield [key, ratings];
        ratings = [];
      }
      key = next;
      ratings.push(readRatingItem(item));
    }
  }
  if (key !== undefined) yield [key, ratings];
}

export async function readRating(
  community: string,
  ratingsKey: string,
  id: string,
): Promise<StoredRating | null> {
  const Key = ratingKey(community, ratingsKey, id);
  const answer = await dynamodb.send(
    new GetItemCommand({ TableName: names.ratingsTable, Key, ConsistentRead: true }),
  );
  return answer.Item ? readRatingItem(answer.Item) : null;
}

/** A rating that no longer counts is kept for as long as its status may be asked for. */
const expiry = (nowMs: number) => ({ N: String(Math.ceil((nowMs + GRADIENT_AGE_MAX_MS) / 1000)) });

/**
 * Stores ratings and the factors they make, in one transaction, if the member still hosts under the key that was read and
 * nobody has stored ratings of theirs since. `gradientId` is fixed by it for good: whoever is given one of these ratings
 * again posts the gradient under that id, and the commit log lets an id count once.
 */
export function storeRatings(
  community: string,
  member: Member,
  { added, replaced, current }: FoldedRatings,
  learned: { gradientId: string; userFactors: Float32Array; nowMs: number },
): Promise<TransactionOutcome> {
  const { key } = member.ratings!;
  const counts = new Set(current.map((rating) => rating.id));
  const puts = added.map(({ id, row, value, occurredAtMs }): TransactWriteItem => {
    const Item: Item = {
      ...ratingKey(community, key, id),
      row: { N: String(row) },
      value: { N: String(value) },
      occurredAtMs: { N: String(occurredAtMs) },
      gradientId: { S: learned.gradientId },
      ...(counts.has(id) ? {} : { expiresAt: expiry(learned.nowMs) }),
    };
    return { Put: { TableName: names.ratingsTable, Item } };
  });
  const expiries = replaced.map(({ id }): TransactWriteItem => {
    const Key = ratingKey(community, key, id);
    const ExpressionAttributeValues = { ":expiry": expiry(learned.nowMs) };
    const UpdateExpression = "SET expiresAt = :expiry";
    return { Update: { TableName: names.ratingsTable, Key, UpdateExpression, ExpressionAttributeValues } };
  });
  return transact([ratingsWrite(community, member, learned.userFactors), ...puts, ...expiries]);
}

/** Deletes what stands under a ratings key, until a query finds nothing more. */
export async function eraseRatings(community: string, ratingsKey: string): Promise<void> {
  for (;;) {
    const { Items = [] } = await dynamodb.send(new QueryCommand(ratingsQuery(community, ratingsKey)));
    if (Items.length === 0) return;
    const keys = Items.map(({ community, rating }) => ({ community, rating }));
    await deleteItems(names.ratingsTable, keys);
  }
}
