/**
 * What members have had erased, as a list outside the tables: a restored table knows nothing of what was erased after its
 * time, so whoever restores one erases it again (scripts/restore). A line is an object whose key says it all: it names
 * the member by the handle, never by the userId.
 */
import { listObjects, putObject } from "./object-store.ts";

/**
 * `member`: all that is theirs; `ratings`: what was learned of a hosted member; `factors`: the user factors they shared;
 * `community`: all of it, and nobody's handle.
 */
type Erased = "member" | "ratings" | "factors" | "community";

export interface Erasure {
  key: string;
  atMs: number;
  erased: Erased;
  memberId: string;
}

/** No community's name begins so. */
const PREFIX = "_erasures/";
/** Of each object; not every S3 server takes one without content. */
const CONTENT = new TextEncoder().encode("\n");

/** To be written before the erasure is: an interrupted one may stand here and not in the tables, never the other way. */
export async function noteErasure(
  community: string,
  erased: Erased,
  memberId: string,
  nowMs: number,
): Promise<void> {
  await putObject(`${PREFIX}${community}/${nowMs}/${erased}/${memberId}`, CONTENT);
}

/** The erasures of a community, or of all. */
export async function listErasures(community?: string): Promise<Erasure[]> {
  const objects = await listObjects(community === undefined ? PREFIX : `${PREFIX}${community}/`);
  return objects.map(({ key }) => {
    const [, , atMs, erased, memberId] = key.split("/");
    return { key, atMs: Number(atMs), erased: erased as Erased, memberId };
  });
}
