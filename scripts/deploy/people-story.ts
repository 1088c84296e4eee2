// What people and operators do around a round, deployed: when they can meet, whether they met, what is held
// about them, figures.
import type { DeployedApi } from "./deployed-api.ts";

interface Order {
  community: string;
  /** Of a member of the first round. */
  token: string;
  operator: string;
}

export async function meetAndTell(api: DeployedApi, { community, token, operator }: Order): Promise<void> {
  const me = `${community}/members/me`;
  const weekly = [{ day: "monday", from: "18:00", to: "20:00" }];
  await api.expect(200, "PUT", `${me}/availability`, { token, body: { timeZone: "Europe/Madrid", weekly } });
  await api.expect(200, "PUT", `${community}/rounds/1/feedback`, { token, body: { met: true } });
  const { body } = await api.expect<object>(200, "GET", `${me}/export`, { token });
  if (!JSON.stringify(body).includes("Europe/Madrid")) throw new Error("The export tells no hours");
  // A member has answered, so it is too late to withdraw the round.
  await api.expect(409, "DELETE", `${community}/rounds/1`, { token: operator });
}

export async function readFigures(api: DeployedApi, { community, operator }: Order): Promise<void> {
  const read = <Body>(path: string) =>
    api.expect<Body>(200, "GET", `${community}/${path}`, { token: operator });
  const { weeks } = (await read<{ weeks: { feedback: { answers: number } }[] }>("stats?weeks=1")).body;
  if (weeks[0].feedback.answers !== 1) throw new Error(`Stats: ${JSON.stringify(weeks)}`);
  await read("operations");
  const { body } = await api.expect<{ version: number }>([200, 201], "POST", `${community}/versions`, {
    token: operator,
    body: { name: "story" },
  });
  await read(`versions/compare?a=${body.version}`);
}
