/** Lists that the server answers by pages, read one page after another. */
import { type CommunityApi, unreadable } from "./api.ts";

/** `Name` is the field of each page that holds its part of the list. */
export async function* fetchPages<Name extends string, Value>(
  api: CommunityApi,
  path: string,
  name: Name,
): AsyncGenerator<Record<Name, Value[]> & { next?: string }> {
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = (await api.call("GET", path + query)).body as Record<Name, Value[]> & { next?: string };
    if (!Array.isArray(page?.[name])) throw unreadable(`the ${name}`);
    yield page;
    cursor = page.next;
  } while (cursor !== undefined);
}
