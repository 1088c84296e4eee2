import { learningModel } from "../domain/learning/hosted-learning.ts";
import { kindOfItem } from "../domain/learning/item-set.ts";
import { currentRatings, type Rating } from "../domain/learning/ratings.ts";
import { placeText, readPlace, recommend } from "../domain/learning/recommend.ts";
import { recommendationsQuerySchema } from "../domain/messages/messages.ts";
import { rowsWith } from "../domain/rounds/round.ts";
import { readDirectory } from "../infra/directory-store.ts";
import { modelOf, snapshotOf } from "../infra/model-store.ts";
import { readRatings } from "../infra/rating-store.ts";
import { readRounds } from "../infra/round-store.ts";
import { readHostedRequest } from "./http/caller.ts";
import { endpoint, queryOf } from "./http/http.ts";

const LIMIT_DEFAULT = 10;
const EXCLUDE_DEFAULT = "met,rated";

/** `GET C/recommendations/me`: what a hosted member may like, best first; RFC 8288 `Link` leads to the next page. */
export const handler = endpoint(async (event) => {
  const { request, head, member, ratingsKey } = await readHostedRequest(event);
  const { community } = request;
  const query = queryOf(event, recommendationsQuerySchema);
  const excluded = (query.exclude ?? EXCLUDE_DEFAULT).split(",");
  const [snapshot, stored, directory, published] = await Promise.all([
    snapshotOf(head),
    readRatings(community, ratingsKey),
    readDirectory(community),
    excluded.includes("met") ? readRounds(community, 1, head.round - 1) : [],
  ]);
  const current = currentRatings<Rating>(stored);
  const met = published.flatMap((round) => rowsWith(round, member.row));
  const left = new Set([member.row, ...member.blockedRows, ...met]);
  if (excluded.includes("rated")) for (const { row } of current) left.add(row);
  const itemIdOf = new Map(directory.map(({ row, itemId }) => [row, itemId]));
  const model = learningModel(modelOf(snapshot), (row) => kindOfItem(itemIdOf.get(row)));
  const { page, next } = recommend(model, current, {
    ownRow: member.row,
    rows: [...itemIdOf.keys()].filter((row) => !left.has(row)),
    limit: Number(query.limit ?? LIMIT_DEFAULT),
    after: query.cursor === undefined ? undefined : readPlace(query.cursor),
    memberCount: snapshot.head.memberCount,
  });
  const body = page.map(({ row, ...rest }) => ({ itemId: itemIdOf.get(row), ...rest }));
  if (!next) return { status: 200, body };
  const following = new URLSearchParams({ ...query, cursor: placeText(next) });
  const link = `</communities/${community}/recommendations/me?${following}>; rel="next"`;
  return { status: 200, headers: { link }, body };
});
