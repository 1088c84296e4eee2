/** Imports: an operator asks for one, puts a CSV file where the answer says, and reads what becomes of it. */
import { Problem } from "../domain/errors.ts";
import { IMPORT_UPLOAD_SECONDS, IMPORTS_OPEN_MAX, PAGE_IMPORTS_MAX } from "../domain/limits.ts";
import { importBodySchema } from "../domain/messages/import-messages.ts";
import { gradientIdSchema, parse } from "../domain/messages/messages.ts";
import { addImport, type Import, readImport, readImports } from "../infra/import-store.ts";
import { readOperatorRequest } from "./http/caller.ts";
import { jsonBody, resource, valid } from "./http/http.ts";
import { pageBody, pageStart } from "./http/pages.ts";

const C = "/communities/{community}";

const timeOf = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
const rounded = (value: number) => Number(value.toFixed(4));

function qualityOf({ training }: Import) {
  const { ndcg, popularity } = training ?? {};
  return ndcg === undefined || popularity === undefined
    ? null
    : { ndcg: rounded(ndcg), popularity: rounded(popularity) };
}

function importBody(one: Import, nowMs: number) {
  const { id, kind, isAllOrNothing, status, step, failure, progress, file, training } = one;
  const { startedAtMs, endedAtMs } = one;
  const { accepted, rejected, rejections } = progress;
  return {
    ...{ id, kind, allOrNothing: isAllOrNothing, status, step },
    ...(failure === undefined ? {} : { failure }),
    createdAt: timeOf(one.createdAtMs),
    startedAt: timeOf(startedAtMs),
    endedAt: timeOf(endedAtMs),
    seconds: startedAtMs === undefined ? 0 : Math.round(((endedAtMs ?? nowMs) - startedAtMs) / 1000),
    bytes: file?.byteCount ?? 0,
    bytesDone: progress.position,
    ...{ lines: accepted + rejected, accepted, rejected, rejections },
    ...(kind === "ratings" ? { epoch: training?.epoch ?? 0, quality: qualityOf(one) } : {}),
  };
}

/** The imports that have not ended are the latest. */
async function requireFewOpen(community: string): Promise<void> {
  const { values } = await readImports(community, undefined, PAGE_IMPORTS_MAX);
  if (values.filter(({ step }) => step !== "end").length < IMPORTS_OPEN_MAX) return;
  throw new Problem("too-many-imports", `At most ${IMPORTS_OPEN_MAX} imports may wait or run at once.`);
}

export const handler = resource({
  async [`POST ${C}/imports`](event) {
    const { community, nowMs } = (await readOperatorRequest(event)).request;
    const { kind, allOrNothing = false } = valid(parse(importBodySchema, jsonBody(event)));
    await requireFewOpen(community);
    const { one, upload } = await addImport(community, { kind, isAllOrNothing: allOrNothing }, nowMs);
    const uploadExpiresAt = timeOf(nowMs + IMPORT_UPLOAD_SECONDS * 1000);
    return {
      status: 201,
      headers: { location: `/communities/${community}/imports/${one.id}` },
      body: {
        ...importBody(one, nowMs),
        ...{ uploadUrl: upload.url, uploadHeaders: upload.headers, uploadExpiresAt },
      },
    };
  },
  async [`GET ${C}/imports`](event) {
    const { community, nowMs } = (await readOperatorRequest(event)).request;
    const page = await readImports(community, pageStart(event), PAGE_IMPORTS_MAX);
    return { status: 200, body: pageBody("imports", page, (one) => importBody(one, nowMs)) };
  },
  async [`GET ${C}/imports/{id}`](event) {
    const { community, nowMs } = (await readOperatorRequest(event)).request;
    const id = valid(parse(gradientIdSchema, event.pathParameters?.id, ["id"]));
    const one = await readImport(community, id);
    if (!one) throw new Problem("unknown-import", `There is no import ${id}.`);
    return { status: 200, body: importBody(one, nowMs) };
  },
});
