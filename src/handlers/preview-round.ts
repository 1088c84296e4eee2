import { invalidRequest, Problem } from "../domain/errors.ts";
import { PREVIEW_GROUPS_MIN, PREVIEWS_PER_HOUR_MAX } from "../domain/limits.ts";
import { parse } from "../domain/messages/messages.ts";
import { previewBodySchema } from "../domain/messages/round-messages.ts";
import { takeFromCommunityRate } from "../infra/community-rate.ts";
import { readDirectory } from "../infra/directory-store.ts";
import { snapshotOf } from "../infra/model-store.ts";
import { readRound } from "../infra/round-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { endpoint, jsonBody, valid } from "./http/http.ts";
import { qualityBody } from "./http/quality-body.ts";
import { groupBodies, linesBody, roundSummary } from "./http/round-body.ts";
import { makeDraft } from "./steps/draft.ts";
import { readRoundLines } from "./steps/round-lines.ts";
import { shortBudget } from "./steps/time-limit.ts";

/** Somebody waits for it, and moves a slider. */
const PREVIEW_TIME_MS = 5_000;

/** Few large groups part nobody but those who block each other, so a preview of them would tell who does. */
function requireSeveralGroups(groupSize: number | undefined, memberCount: number): void {
  if (groupSize === undefined || groupSize * PREVIEW_GROUPS_MIN <= Math.max(memberCount, 6)) return;
  const detail = `is too large for a preview: it must leave ${PREVIEW_GROUPS_MIN} groups`;
  throw invalidRequest([{ pointer: "#/settings/groupSize", detail }]);
}

/** `POST C/rounds/preview`: the draft as it would be with other settings. Nothing of it is kept. */
export const handler = endpoint(async (event, context) => {
  const { head, request } = await readOperatorRequest(event);
  const { community, nowMs } = request;
  const { settings } = valid(parse(previewBodySchema, jsonBody(event)));
  requireSeveralGroups(settings.groupSize, head.memberCount);
  const snapshot = await snapshotOf({ ...head, settings: { ...head.settings, ...settings } });
  const stored = await readRound(community, head.round);
  const draft = await makeDraft(snapshot, stored, nowMs, shortBudget(context, PREVIEW_TIME_MS));
  if (!draft) throw new Problem("nobody-to-group", "Fewer than two members take part.");
  const full = await takeFromCommunityRate(community, "preview", PREVIEWS_PER_HOUR_MAX, nowMs);
  if (full) {
    const detail = `A community has at most ${PREVIEWS_PER_HOUR_MAX} previews an hour.`;
    throw new Problem("too-many-previews", detail, full);
  }
  const directory = await readDirectory(community);
  const lines = linesBody(await readRoundLines(snapshot, draft, nowMs), directory);
  const groups = groupBodies(draft, directory, 0, draft.groupCount);
  const body = { ...roundSummary(draft), quality: qualityBody(draft, directory), groups, ...lines };
  return { status: 200, body };
});
