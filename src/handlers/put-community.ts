import { dueAfter } from "../domain/community/cadence.ts";
import { DEFAULT_SETTINGS, type Settings, settingsErrors } from "../domain/community/settings.ts";
import { invalidRequest, Problem } from "../domain/errors.ts";
import { communityBodySchema, parse } from "../domain/messages/messages.ts";
import { createHead, type Head, readHead, replaceSettings } from "../infra/head-store.ts";
import { retry } from "../infra/retry.ts";
import { newSenderKey } from "../infra/sender-tags.ts";
import { communityBody } from "./http/community-body.ts";
import { type Answer, endpoint, jsonBody, readOperatorRequest, valid } from "./http/http.ts";

/** FNV-1a: initial rows are no secret, and the same community starts the same anywhere. */
function seedOf(community: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(community)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const nextRoundMs = ({ cadence }: Settings, nowMs: number): number | undefined =>
  cadence === null ? undefined : dueAfter(cadence, nowMs);

function newHead(community: string, settings: Settings, nowMs: number): Head {
  const versions = { modelVersion: 0, rosterVersion: 0, sharedVersion: 0, round: 1 };
  const counts = { rowCount: 0, memberCount: 0, itemCount: 0 };
  const sums = { openSum: 1, committedSum: 0, voidedSum: 0, restoredVersion: 0, manifest: new Map() };
  const keys = { seed: seedOf(community), senderKey: newSenderKey() };
  const times = { createdAtMs: nowMs, committedAtMs: 0, nextRoundAtMs: nextRoundMs(settings, nowMs) };
  return { community, ...versions, ...counts, ...sums, ...times, ...keys, settings };
}

function checked(settings: Settings): Settings {
  const errors = settingsErrors(settings);
  if (errors.length > 0) throw invalidRequest(errors);
  return settings;
}

function merged(head: Head, changes: Partial<Settings>): Settings {
  const { factors } = head.settings;
  if (changes.factors !== undefined && changes.factors !== factors && head.rowCount > 0) {
    const detail = `is fixed at ${factors} since the community has rows`;
    throw invalidRequest([{ pointer: "#/settings/factors", detail }]);
  }
  return checked({ ...head.settings, ...changes });
}

/** Stores the settings; a changed cadence counts from now on, one that stays as it was keeps its due time. */
async function change(head: Head, settings: Settings, nowMs: number): Promise<Head | null> {
  const isSame = JSON.stringify(settings.cadence) === JSON.stringify(head.settings.cadence);
  const nextRoundAtMs = isSame ? head.nextRoundAtMs : nextRoundMs(settings, nowMs);
  const isReplaced = await replaceSettings(head, settings, isSame ? undefined : (nextRoundAtMs ?? null));
  return isReplaced ? { ...head, settings, nextRoundAtMs } : null;
}

/** `PUT C`: makes the community or merges settings into it. */
export const handler = endpoint(async (event): Promise<Answer> => {
  const { community, nowMs } = readOperatorRequest(event);
  const { settings: changes = {} } = valid(parse(communityBodySchema, jsonBody(event)));
  const answer = await retry(async () => {
    const head = await readHead(community);
    if (!head) {
      const created = newHead(community, checked({ ...DEFAULT_SETTINGS, ...changes }), nowMs);
      return (await createHead(created)) ? { status: 201, body: communityBody(created) } : null;
    }
    const changed = await change(head, merged(head, changes), nowMs);
    return changed && { status: 200, body: communityBody(changed) };
  });
  if (answer) return answer;
  throw new Problem("try-again", "Others kept changing the community.", { retryAfterSeconds: 1 });
});
