import { dueAfter } from "../domain/community/cadence.ts";
import {
  DEFAULT_SETTINGS,
  type Settings,
  servedVersions,
  settingsErrors,
} from "../domain/community/settings.ts";
import { invalidRequest, Problem } from "../domain/errors.ts";
import { ERASURE_GRACE_MS } from "../domain/limits.ts";
import { communityBodySchema, parse } from "../domain/messages/messages.ts";
import { unusedTags } from "../domain/rounds/tag-terms.ts";
import { isBeingErased } from "../infra/community-erasure.ts";
import { createHead, type Head, readHead, replaceSettings } from "../infra/head-store.ts";
import { readMembers } from "../infra/member-store.ts";
import { retry } from "../infra/retry.ts";
import { operatorNeeded, readCaller } from "./http/caller.ts";
import { communityBody } from "./http/community-body.ts";
import { type Answer, endpoint, jsonBody, valid } from "./http/http.ts";
import { unusedTagNotes } from "./http/quality-body.ts";

/** FNV-1a: initial rows are no secret, and the same community starts the same anywhere. */
function seedOf(community: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(community)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const nextRoundMs = ({ cadence }: Settings, nowMs: number): number | undefined =>
  cadence === null ? undefined : dueAfter(cadence, nowMs);

function newHead(community: string, settings: Settings, nowMs: number): Head {
  const versions = {
    modelVersion: 0,
    rosterVersion: 0,
    sharedVersion: 0,
    removalVersion: 0,
    round: 1,
    latestRound: 0,
  };
  const counts = { rowCount: 0, memberCount: 0, itemCount: 0 };
  const sums = { openSum: 1, committedSum: 0, voidedSum: 0, manifest: new Map() };
  const changes = { restoredVersion: 0, rejoinedVersion: 0 };
  const seed = seedOf(community);
  const times = { createdAtMs: nowMs, committedAtMs: 0, nextRoundAtMs: nextRoundMs(settings, nowMs) };
  return { community, ...versions, ...counts, ...sums, ...changes, ...times, seed, settings };
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
  const result = await replaceSettings(head, settings, isSame ? undefined : (nextRoundAtMs ?? null));
  if (result.outcome === "condition" && result.failed > 0) throw unkept(settings, result.failed - 1);
  return result.outcome === "committed" ? { ...head, settings, nextRoundAtMs } : null;
}

/** The problem of a version that is to be served and is not kept. */
function unkept(settings: Settings, at: number): Problem {
  const [version, pointer] = [...servedVersions(settings)][at];
  return invalidRequest([{ pointer, detail: `version ${version} is not kept` }]);
}

/**
 * Makes the community, whose maker operates it by the scope that it took, and is not named; null where somebody else was
 * faster.
 */
async function create(community: string, changes: Partial<Settings>, nowMs: number): Promise<Answer | null> {
  const settings = checked({ ...DEFAULT_SETTINGS, ...changes });
  if (servedVersions(settings).size > 0) throw unkept(settings, 0);
  const created = newHead(community, settings, nowMs);
  if (await createHead(created)) return { status: 201, body: communityBody(created) };
  if (!(await isBeingErased(community))) return null;
  throw new Problem("erasure-pending", `The name '${community}' is free again when all is erased.`, {
    retryAfterSeconds: ERASURE_GRACE_MS / 1000,
  });
}

/** Whoever names tags is told which of them nobody carries. */
async function tagNotes({ community, settings }: Head, changes: Partial<Settings>) {
  if (!changes.mixTags && !changes.matchTags && !changes.hostTag) return {};
  const notes = unusedTagNotes(unusedTags(await readMembers(community), settings));
  return notes.length > 0 ? { notes } : {};
}

/** `PUT C`: makes the community, by the scope alone, or merges settings into it. */
export const handler = endpoint(async (event): Promise<Answer> => {
  const { request, isOperator } = await readCaller(event);
  if (!isOperator) throw operatorNeeded();
  const { community, nowMs, hasOperatorScope } = request;
  const { settings: changes = {} } = valid(parse(communityBodySchema, jsonBody(event)));
  const answer = await retry(async () => {
    const head = await readHead(community);
    if (!head) {
      if (!hasOperatorScope) throw operatorNeeded(); // deleted since they were read as its operator
      return create(community, changes, nowMs);
    }
    const changed = await change(head, merged(head, changes), nowMs);
    return (
      changed && { status: 200, body: { ...communityBody(changed), ...(await tagNotes(changed, changes)) } }
    );
  });
  if (answer) return answer;
  throw new Problem("try-again", "Others kept changing the community.", { retryAfterSeconds: 1 });
});
