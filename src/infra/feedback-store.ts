/**
 * What members say of published rounds, beside them in the Rounds table: the answers of a group in one item,
 * which expires when nobody may answer any more, and what follows from them in another, if anything does.
 * Drafts read only the latter.
 */
import { GetItemCommand, PutItemCommand, type TransactWriteItem } from "@aws-sdk/client-dynamodb";
import {
  DAY_MS,
  FEEDBACK_AGE_MAX_MS,
  FEEDBACK_ROUNDS_MAX,
  SERVER_SKEW_MAX_MS,
  WITHDRAWAL_AGE_MAX_MS,
} from "../domain/limits.ts";
import type { Absences, Answer } from "../domain/rounds/feedback.ts";
import type { Round } from "../domain/rounds/round.ts";
import { dynamodb, names } from "./aws.ts";
import { type Head, type Item, succeeds, versionStep } from "./head-store.ts";
import { queryAll } from "./item-reads.ts";
import { itemOf } from "./item-writes.ts";
import { absencesPart } from "./meeting-store.ts";
import { type Member, memberKey } from "./member-store.ts";
import { inParallel } from "./object-store.ts";
import { readRounds, roundKey } from "./round-store.ts";
import { type TransactionOutcome, transact } from "./transaction.ts";

const digits = (count: number, length: number) => String(count).padStart(length, "0");
const keyOf = (community: string, part: string): Item => ({
  community: { S: community },
  part: { S: part },
});
const answersKey = (community: string, round: number, group: number): Item =>
  keyOf(community, `answers#${digits(round, 8)}#${digits(group, 6)}`);
/** Whether anybody has answered: what a withdrawal of the round looks at. */
const answeredKey = (community: string, round: number): Item =>
  keyOf(community, `answered#${digits(round, 8)}`);

/** The answers of a group, by row; `version` is 0 before the first. */
export interface GroupAnswers {
  version: number;
  answers: Map<number, Answer>;
}

/** `absences` are written only where they differ from those before. */
export interface AnswersChange {
  round: Round;
  group: number;
  before: GroupAnswers;
  answers: ReadonlyMap<number, Answer>;
  absences?: Absences;
}

export async function readAnswers(community: string, round: number, group: number): Promise<GroupAnswers> {
  const Key = answersKey(community, round, group);
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: names.roundsTable, Key, ConsistentRead: true }),
  );
  if (!Item) return { version: 0, answers: new Map() };
  return { version: Number(Item.version.N), answers: new Map(JSON.parse(Item.answers.S!)) };
}

/** How many have answered about a round, and how many of them said that they had met. */
export interface AnswerCounts {
  answers: number;
  met: number;
}

/** Of the rounds first..last, by round; of one over a month old nothing is left. */
export async function countAnswers(
  community: string,
  first: number,
  last: number,
): Promise<Map<number, AnswerCounts>> {
  if (last < first) return new Map();
  const query = {
    TableName: names.roundsTable,
    KeyConditionExpression: "community = :community AND part BETWEEN :first AND :last",
    ExpressionAttributeValues: {
      ":community": { S: community },
      ":first": answersKey(community, first, 0).part,
      ":last": { S: `answers#${digits(last, 8)}#~` },
    },
  };
  const counts = new Map<number, AnswerCounts>();
  await queryAll(query, ({ part, answers }) => {
    const round = Number(part.S!.split("#")[1]);
    const { answers: known, met } = counts.get(round) ?? { answers: 0, met: 0 };
    const given: [number, Answer][] = JSON.parse(answers.S!);
    const hadMet = given.filter(([, answer]) => answer.met).length;
    counts.set(round, { answers: known + given.length, met: met + hadMet });
  });
  return counts;
}

function answersPut(community: string, change: Omit<AnswersChange, "absences">) {
  const { round, group, before, answers } = change;
  const expiresAtMs = round.publishedAtMs! + FEEDBACK_AGE_MAX_MS + DAY_MS;
  return {
    TableName: names.roundsTable,
    Item: {
      ...answersKey(community, round.round, group),
      ...itemOf({ version: before.version + 1, answers: JSON.stringify([...answers]) }),
      ...itemOf({ expiresAt: Math.ceil(expiresAtMs / 1000) }),
    },
    ConditionExpression: `version = :version${before.version === 0 ? " OR attribute_not_exists(part)" : ""}`,
    ExpressionAttributeValues: { ":version": { N: String(before.version) } },
  };
}

/**
 * While a round may still be withdrawn, a first answer stops that; it finds out whether the round is
 * withdrawn already.
 */
function answeredWrites(community: string, round: Round, nowMs: number): TransactWriteItem[] {
  const { publishedAtMs = 0 } = round;
  if (nowMs - publishedAtMs > WITHDRAWAL_AGE_MAX_MS + SERVER_SKEW_MAX_MS) return [];
  const TableName = names.roundsTable;
  const expiresAt = Math.ceil((publishedAtMs + FEEDBACK_AGE_MAX_MS) / 1000);
  return [
    { Put: { TableName, Item: { ...answeredKey(community, round.round), ...itemOf({ expiresAt }) } } },
    {
      ConditionCheck: {
        TableName,
        Key: roundKey(community, round.round),
        ConditionExpression: "#state = :published",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: { ":published": { S: "published" } },
      },
    },
  ];
}

function absencesWrites(community: string, { round, group, absences }: AnswersChange): TransactWriteItem[] {
  if (!absences) return [];
  const TableName = names.roundsTable;
  const Key = keyOf(community, absencesPart(round.round, digits(group, 6)));
  const { unmet, missed } = absences;
  const write =
    unmet.length === 0
      ? { Delete: { TableName, Key } }
      : { Put: { TableName, Item: { ...Key, ...itemOf({ round: round.round, unmet, missed }) } } };
  return [write, { Update: versionStep(community, "sharedVersion") }];
}

/**
 * Stores a group's answers if they are still as they were read, the member is one, and the round is not
 * withdrawn; the outcome `condition` tells which of these has failed: the answers (0), the member (1) or,
 * above, the round. Where who has met changes, so does a version of the head, and the draft is made anew in
 * its time.
 */
export function storeAnswers(
  community: string,
  { userId, row }: Member,
  change: AnswersChange,
  nowMs: number,
): Promise<TransactionOutcome> {
  const ConditionCheck = {
    TableName: names.membersTable,
    Key: memberKey(community, userId),
    ConditionExpression: "#row = :row",
    ExpressionAttributeNames: { "#row": "row" },
    ExpressionAttributeValues: { ":row": { N: String(row) } },
  };
  return transact([
    { Put: answersPut(community, change) },
    { ConditionCheck },
    ...answeredWrites(community, change.round, nowMs),
    ...absencesWrites(community, change),
  ]);
}

/** What a withdrawal needs: that nobody has answered. */
export function nobodyHasAnswered(community: string, round: number): TransactWriteItem {
  return {
    ConditionCheck: {
      TableName: names.roundsTable,
      Key: answeredKey(community, round),
      ConditionExpression: "attribute_not_exists(part)",
    },
  };
}

/**
 * Takes one member's answer out of a group's; what followed from it stays, as the round does. False where
 * others came between.
 */
async function eraseAnswer(community: string, round: Round, group: number, row: number): Promise<boolean> {
  const before = await readAnswers(community, round.round, group);
  const answers = new Map(before.answers);
  if (!answers.delete(row)) return true;
  const put = answersPut(community, { round, group, before, answers });
  return succeeds(dynamodb.send(new PutItemCommand(put)));
}

/** Takes a member's answers out of those that are kept; false where others came between. */
export async function eraseAnswersOf({ community, latestRound }: Head, row: number): Promise<boolean> {
  const first = Math.max(1, latestRound + 1 - FEEDBACK_ROUNDS_MAX);
  const rounds = await readRounds(community, first, latestRound);
  const own = rounds.filter(({ groupOf }) => (groupOf[row] ?? -1) >= 0);
  const erased = await inParallel(own, (round) => eraseAnswer(community, round, round.groupOf[row], row));
  return erased.every((isErased) => isErased);
}
