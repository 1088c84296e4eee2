/** What an import of ratings trains: a model by the sums that all gradients go through. */
import { expect, test } from "@jest/globals";
import { uniform } from "../../src/domain/random.ts";
import {
  C,
  call,
  community,
  headNow,
  imported,
  lambda,
  openCommunity,
  startImports,
  survived,
} from "./import-calls.ts";

startImports();

/** People of two tastes, each of whom rated 12 of the 30 items of theirs and 3 of the others. */
function tastes(people: number): string {
  const random = uniform(3);
  const lines = Array.from({ length: people }, (_, person) =>
    Array.from({ length: 60 }, (_, item) => {
      const isOwn = item % 2 === person % 2;
      return random() < (isOwn ? 0.4 : 0.02) ? `user-${person},item-${item},${isOwn ? 5 : 1}` : "";
    }),
  );
  return ["userId,itemId,value", ...lines.flat().filter(Boolean)].join("\n");
}

async function settleTastes(name: string, people: number): Promise<string> {
  await openCommunity(name);
  const members = Array.from({ length: people }, (_, n) => `user-${n},hosted`);
  await imported("members", ["userId,learning", ...members].join("\n"));
  await imported("items", ["itemId", ...Array.from({ length: 60 }, (_, n) => `item-${n}`)].join("\n"));
  return tastes(people);
}

interface History {
  commits: { applied: number; rejected: number }[];
}

test("training learns more than what most like, by sums of as many senders as they need", async () => {
  const file = await settleTastes("tastes", 40);
  const told = await imported("ratings", file);
  expect(told).toMatchObject({ status: "finished", rejected: 0 });
  expect(told.quality!.ndcg).toBeGreaterThan(1.2 * told.quality!.popularity);
  const head = await headNow();
  expect([head.committedSum, head.openSum]).toEqual([head.modelVersion, head.modelVersion + 1]);
  expect(head.modelVersion).toBe(4 * told.epoch!);
  const { body } = await call("get-history", `GET ${C}/history`);
  for (const commit of (body as History).commits) {
    expect(commit).toMatchObject({ applied: 10, rejected: 0 });
  }
  const members = await lambda.members.readMembers(community);
  expect(members.every(({ userFactors }) => userFactors?.some((factor) => factor !== 0))).toBe(true);
});

test("ratings and training that die at any write end with each rating and each gradient once", async () => {
  for (const failAt of [3, 15]) {
    const file = await settleTastes(`mortal-${failAt}`, 12);
    const { deaths, told } = await survived("ratings", file, failAt);
    expect(deaths).toBe(1);
    expect(told).toMatchObject({ status: "finished", rejected: 0 });
    const { modelVersion, committedSum } = await headNow();
    expect([committedSum, modelVersion]).toEqual([2 * told.epoch!, 2 * told.epoch!]);
    const { body } = await call("get-history", `GET ${C}/history`);
    const applied = (body as History).commits.map((commit) => commit.applied);
    expect(applied).toEqual(applied.map((_, n) => [5, 7][n % 2]));
    const { readRatings } = await import("../../src/infra/rating-store.ts");
    const members = await lambda.members.readMembers(community);
    const stored = await Promise.all(members.map(({ ratings }) => readRatings(community, ratings!.key)));
    expect(stored.flat()).toHaveLength(file.split("\n").length - 1);
    expect(members.map(({ ratings }) => ratings!.version)).toEqual(members.map(() => 2));
  }
});

test("where fewer members learn here than a sum needs, their gradients wait for others", async () => {
  await imported(
    "members",
    `userId,learning\nana,hosted\nbo,hosted\n${"c,d,e,f".replaceAll(",", ",local\n")},local\n`,
  );
  await imported("items", "itemId\nran\nikiru\n");
  const told = await imported("ratings", "userId,itemId,value\nana,ran,4\nbo,ikiru,4\n");
  expect(told).toMatchObject({ status: "finished", accepted: 2, epoch: 0, quality: null });
  const head = await headNow();
  expect(head.modelVersion).toBe(0);
  const [page] = await lambda.sums.readWaitingPages(head);
  expect(page.entries.map(({ rejection }) => rejection)).toEqual([null, null]);
});
