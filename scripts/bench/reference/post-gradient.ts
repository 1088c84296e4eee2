/**
 * The reference of the bench: each POST reads the whole matrix, applies its one gradient and writes the whole matrix back
 * under an optimistic lock, again and again until it wins. Parser, arithmetic and HTTP edge are the product's own, so that
 * what is compared is the design alone; it is spared membership, rate limit, commit log and duplicates.
 */
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DEFAULT_SETTINGS } from "../../../src/domain/community/settings.ts";
import { parseGradient } from "../../../src/domain/messages/messages.ts";
import { applyBatch } from "../../../src/domain/model/apply-batch.ts";
import { decodeBlock, type MatrixBlock } from "../../../src/domain/model/item-matrix.ts";
import { endpoint, jsonBody, readRequest, valid } from "../../../src/handlers/http/http.ts";
import { dynamodb } from "../../../src/infra/aws.ts";
import { retry } from "../../../src/infra/retry.ts";

export const REFERENCE_ROWS = 300;
const settings = { ...DEFAULT_SETTINGS, stalenessVersionsMax: 1_000_000 };
const shape = { factors: settings.factors, rowCount: REFERENCE_ROWS, seed: 1 };

interface Matrix {
  version: number;
  blocks: Map<number, MatrixBlock>;
}

async function readMatrix(community: string): Promise<Matrix> {
  const answer = await dynamodb.send(
    new GetItemCommand({
      TableName: process.env.MATRIX_TABLE,
      Key: { community: { S: community } },
      ConsistentRead: true,
    }),
  );
  const stored = answer.Item?.blocks.L ?? [];
  const version = Number(answer.Item?.version.N ?? 0);
  const decode = (bytes: Uint8Array, index: number) => decodeBlock(Uint8Array.from(bytes), index, version);
  return { version, blocks: new Map(stored.map(({ B }, index) => [index, decode(B!, index)])) };
}

/** True if nobody else has written since the matrix was read. */
async function writeMatrix(community: string, before: number, { version, blocks }: Matrix): Promise<boolean> {
  const stored = [...blocks.values()].sort((a, b) => a.index - b.index).map(({ bytes }) => ({ B: bytes }));
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: process.env.MATRIX_TABLE,
        Item: { community: { S: community }, version: { N: String(version) }, blocks: { L: stored } },
        ConditionExpression: "attribute_not_exists(community) OR #version = :before",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":before": { N: String(before) } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export const handler = endpoint(async (event) => {
  const { community, nowMs } = readRequest(event);
  const body = jsonBody(event);
  const attempt = async () => {
    const { version, blocks } = await readMatrix(community);
    const model = { ...shape, modelVersion: version, memberCount: REFERENCE_ROWS, settings, blocks };
    const gradient = valid(
      parseGradient(
        body,
        { rowCount: REFERENCE_ROWS, modelVersion: version, width: shape.factors + 1 },
        nowMs,
      ),
    );
    const step = applyBatch(model, [gradient]);
    for (const block of step.blocks) blocks.set(block.index, block);
    if (await writeMatrix(community, version, { version: step.modelVersion, blocks })) {
      return { status: 202, body: { id: gradient.id, modelVersion: step.modelVersion } };
    }
    return null;
  };
  return (await retry(attempt, { attemptsMax: Number.POSITIVE_INFINITY }))!;
});
