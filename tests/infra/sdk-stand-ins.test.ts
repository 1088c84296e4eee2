import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, test } from "@jest/globals";
import { defaultProvider, Sha256 } from "../../src/infra/sdk-stand-ins.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ["a request's body", undefined],
  ["the first step of a signing key", "AWS4secret"],
  ["the next ones", bytes("a key of 32 bytes, as HMACs make")],
])("%s is hashed as the SDK does it", async (_, secret) => {
  const { sha256: SdkSha256 } = new DynamoDBClient({ region: "eu-central-1" }).config;
  const theirs = new SdkSha256(secret);
  const ours = new Sha256(secret);
  for (const hash of [theirs, ours]) {
    hash.update(bytes('{"TableName":'));
    hash.update(bytes('"täble"}'));
  }
  const digest = await ours.digest();
  expect(digest).toHaveLength(32);
  expect(Array.from(digest)).toEqual(Array.from(await theirs.digest()));
});

test("the credentials are those that Lambda puts into the environment", async () => {
  const before = process.env;
  process.env = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key", AWS_SESSION_TOKEN: "session" };
  const credentials = await defaultProvider()();
  process.env = before;
  expect(credentials).toEqual({ accessKeyId: "id", secretAccessKey: "key", sessionToken: "session" });
});
