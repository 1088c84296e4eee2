import { readDirectory } from "../infra/directory-store.ts";
import { readRound } from "../infra/round-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint } from "./http/http.ts";
import { qualityBody } from "./http/quality-body.ts";
import { groupBodies, roundNumberOf, roundSummary, unknownRound } from "./http/round-body.ts";

/** `GET C/rounds/{round}`: a round with all its groups, published or in draft. */
export const handler = endpoint(async (event) => {
  const { head } = await readOperatorRequest(event);
  const number = roundNumberOf(event);
  const round = number <= head.round ? await readRound(head.community, number) : null;
  if (!round) throw unknownRound(number);
  const directory = await readDirectory(head.community);
  const groups = groupBodies(round, directory, 0, round.groupCount);
  return { status: 200, body: { ...roundSummary(round), quality: qualityBody(round, directory), groups } };
});
