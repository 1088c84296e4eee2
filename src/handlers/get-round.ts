import { Problem } from "../domain/errors.ts";
import { parse, roundNumberSchema } from "../domain/messages/messages.ts";
import { readDirectory } from "../infra/directory-store.ts";
import { readRound } from "../infra/round-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, valid } from "./http/http.ts";
import { qualityBody } from "./http/quality-body.ts";
import { groupBodies, roundSummary } from "./http/round-body.ts";

/** `GET C/rounds/{round}`: a round with all its groups, published or in draft. */
export const handler = endpoint(async (event) => {
  const { head } = await readOperatorRequest(event);
  const number = Number(valid(parse(roundNumberSchema, event.pathParameters?.round, ["round"])));
  const round = number <= head.round ? await readRound(head.community, number) : null;
  if (!round) throw new Problem("unknown-round", `There is no round ${number}.`);
  const directory = await readDirectory(head.community);
  const groups = groupBodies(round, directory, 0, round.groupCount);
  return { status: 200, body: { ...roundSummary(round), quality: qualityBody(round, directory), groups } };
});
