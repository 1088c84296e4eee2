/**
 * What a hosted member may like, best first, in one list or several; by the version that their arm is served.
 */
import { versionOfArm } from "../domain/community/settings.ts";
import { learningModel } from "../domain/learning/hosted-learning.ts";
import { kindOfItem } from "../domain/learning/item-set.ts";
import { type Place, placeText, readPlace } from "../domain/learning/ranking.ts";
import { currentRatings, type Rating } from "../domain/learning/ratings.ts";
import {
  EXCLUDE_DEFAULT,
  LIST_LIMIT_DEFAULT,
  type Recommendations,
  recommendLists,
} from "../domain/learning/recommend.ts";
import type { ListWish } from "../domain/messages/item.ts";
import {
  parseListQuery,
  parseRecommendationsBody,
  recommendationsQuerySchema,
} from "../domain/messages/item-messages.ts";
import { rowsWith } from "../domain/rounds/round.ts";
import { armOf } from "../infra/arms.ts";
import { knownCatalogue } from "../infra/catalogue-store.ts";
import { knownDirectory } from "../infra/directory-store.ts";
import { readMetRounds } from "../infra/meeting-store.ts";
import { modelOf, snapshotOf } from "../infra/model-store.ts";
import { readRatings } from "../infra/rating-store.ts";
import { readHostedRequest } from "./http/caller.ts";
import { jsonBody, resource, valid } from "./http/http.ts";
import { metadataShown } from "./http/item-body.ts";
import { servedMatrix } from "./steps/kept-model.ts";

type Hosted = Awaited<ReturnType<typeof readHostedRequest>>;
type Wish = ListWish & { after?: Place };

interface Answered extends Pick<Recommendations, "next"> {
  recommendations: object[];
  /** What the member did not get of what they asked for, in words. */
  notes: { note: "few-items"; detail: string }[];
}

function notesOf({ limit = LIST_LIMIT_DEFAULT, after }: Wish, found: number): Answered["notes"] {
  if (found === limit || after) return [];
  return [{ note: "few-items", detail: `${limit} were asked for, ${found} found.` }];
}

/** All lists by one read of the model, the catalogue and the member's ratings. */
async function recommendTo(hosted: Hosted, wishes: readonly Wish[], repeat = false): Promise<Answered[]> {
  const { request, head, member, ratingsKey } = hosted;
  const { community, nowMs } = request;
  const asksOfMet = wishes.some(({ exclude = EXCLUDE_DEFAULT }) => exclude.includes("met"));
  const version = versionOfArm(head.settings, await armOf(head, request.userId));
  const snapshot = await snapshotOf(head);
  const [served, stored, { entries }, catalogue, published] = await Promise.all([
    servedMatrix(snapshot, version),
    readRatings(community, ratingsKey),
    knownDirectory(head),
    knownCatalogue(head),
    asksOfMet ? readMetRounds(community, 1, head.latestRound) : [],
  ]);
  const model = learningModel(modelOf(snapshot), (row) => kindOfItem(entries.get(row)?.itemId), served);
  const person = {
    ownRow: member.row,
    ratings: currentRatings<Rating>(stored),
    met: new Set(published.flatMap(({ metGroupOf }) => rowsWith({ groupOf: metGroupOf }, member.row))),
    blocked: new Set(member.blockedRows),
  };
  const { memberCount } = head;
  const lists = recommendLists({ model, catalogue, memberCount, nowMs }, person, wishes, repeat);
  return lists.map(({ page, next }, n) => {
    const recommendations = page.map(({ row, ...rest }) => {
      const itemId = entries.get(row)?.itemId;
      return { itemId, ...rest, ...metadataShown(model.items.kinds[row], catalogue.get(row)) };
    });
    return { recommendations, next, notes: notesOf(wishes[n], page.length) };
  });
}

const ME = "/communities/{community}/recommendations/me";

export const handler = resource({
  /** RFC 8288 `Link` leads to the next page. */
  async [`GET ${ME}`](event) {
    const hosted = await readHostedRequest(event);
    const query = { ...event.queryStringParameters };
    const { wish, cursor } = valid(parseListQuery(recommendationsQuerySchema, query));
    const after = cursor === undefined ? undefined : readPlace(cursor);
    const [{ recommendations, next, notes }] = await recommendTo(hosted, [{ ...wish, after }]);
    const headers: Record<string, string> = {};
    if (notes.length > 0) headers.note = notes.map(({ note, detail }) => `${note}: ${detail}`).join(" ");
    if (next) {
      const following = new URLSearchParams({ ...query, cursor: placeText(next) });
      headers.link = `</communities/${hosted.request.community}/recommendations/me?${following}>; rel="next"`;
    }
    return { status: 200, headers, body: recommendations };
  },

  async [`POST ${ME}`](event) {
    const hosted = await readHostedRequest(event);
    const { lists, repeat } = valid(parseRecommendationsBody(jsonBody(event)));
    const answered = await recommendTo(hosted, lists, repeat);
    const body = answered.map(({ recommendations, notes }, n) => {
      return { name: lists[n].name, recommendations, ...(notes.length > 0 ? { notes } : {}) };
    });
    return { status: 200, body: { lists: body } };
  },
});
