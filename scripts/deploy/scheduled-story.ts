// Rounds by schedule, deployed: a community whose cadence is due within a minute, and its round that nobody published by hand.
import { type DeployedApi, eventually } from "./deployed-api.ts";

const COMMUNITY = "/communities/scheduled";
/** To the next minute, to the next firing of the schedule, which the test deploys with a rate of one minute, and some more. */
const PUBLISHED_WITHIN_MS = 150_000;

type Community = { round: number; nextRoundAt: string };

/** Makes the community, and returns the wait for its round. */
export async function scheduleRound(
  api: DeployedApi,
  operator: string,
  tokens: readonly string[],
): Promise<() => Promise<void>> {
  const time = new Date(Date.now() + 60_000).toISOString().slice(11, 16);
  const cadence = { every: "day", time, timeZone: "Etc/UTC" };
  const settings = { groupSize: 2, cadence };
  await api.expect(201, "PUT", COMMUNITY, { token: operator, body: { settings } });
  for (const token of tokens) await api.expect(201, "PUT", `${COMMUNITY}/members/me`, { token });
  const read = async () => (await api.expect<Community>(200, "GET", COMMUNITY, { token: operator })).body;
  const { nextRoundAt } = await read();
  return async () => {
    const after = await eventually("a round by schedule", PUBLISHED_WITHIN_MS, async () => {
      const community = await read();
      return community.round > 1 ? community : undefined;
    });
    const laterMs = Date.parse(after.nextRoundAt) - Date.parse(nextRoundAt);
    if (after.round !== 2 || laterMs !== 86_400_000)
      throw new Error(`Round ${after.round} is in draft, the next is due ${laterMs} ms after the first`);
  };
}
