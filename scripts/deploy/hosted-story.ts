// Hosted learning, deployed: what a member who lets the server learn for them does, until they go local again.
import { createUuidV7 } from "../../src/domain/messages/uuid-v7.ts";
import { type DeployedApi, eventually } from "./deployed-api.ts";

const APPLIED_WITHIN_MS = 60_000;

type Status = { status: string; recommendations?: string };

/** Leaves the member hosted, with a rating: whoever leaves after this has something to be erased. */
export async function learnHosted(
  api: DeployedApi,
  community: string,
  { token, operator }: { token: string; operator: string },
): Promise<void> {
  const itemId = "vertigo";
  const choose = (learning: string) =>
    api.expect(200, "PUT", `${community}/members/me`, { token, body: { learning } });
  const rate = async () => {
    const id = createUuidV7(Date.now(), Math.random);
    await api.expect(202, "POST", `${community}/ratings`, { token, body: { id, itemId, value: 3 } });
    return eventually(`the rating ${id} is applied`, APPLIED_WITHIN_MS, async () => {
      const { body } = await api.expect<Status>(200, "GET", `${community}/ratings/${id}`, { token });
      return body.status === "applied" ? body : undefined;
    });
  };
  const about = { kind: "film", tags: { genre: "noir" } };
  await api.expect(201, "PUT", `${community}/items/${itemId}`, { token: operator, body: about });
  await api.expect(201, "PUT", `${community}/items/ran`, { token: operator, body: { kind: "film" } });
  await api.expect(200, "PUT", `${community}/items/ran`, { token: operator, body: about });
  await choose("hosted");
  const { recommendations } = await rate();
  const { body } = await api.expect<{ itemId: string }[]>(200, "GET", recommendations!, { token });
  if (body.length === 0 || body.some((each) => each.itemId === itemId))
    throw new Error(`After a rating of ${itemId} these are recommended: ${JSON.stringify(body)}`);
  const lists = [{ name: "noir", kind: "film", tags: { all: { genre: "noir" } } }];
  const answer = await api.expect<{ lists: { recommendations: { itemId: string }[] }[] }>(
    200,
    "POST",
    recommendations!,
    { token, body: { lists } },
  );
  const [noir] = answer.body.lists;
  if (noir.recommendations.map((each) => each.itemId).join() !== "ran")
    throw new Error(`These are the films noirs: ${JSON.stringify(noir)}`);
  await api.expect(204, "DELETE", `${community}/items/ran`, { token: operator });
  await api.expect(404, "GET", `${community}/items/ran/similar`, { token });
  await choose("local");
  await api.expect(409, "GET", recommendations!, { token });
  await choose("hosted");
  await rate();
}
