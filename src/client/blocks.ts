/** The calls of a member about blocks: with whom they will be in no group. */
import { type CommunityApi, unreadable } from "./api.ts";

const pathOf = (memberId: string) => `/members/me/blocks/${encodeURIComponent(memberId)}`;

export async function putBlock(api: CommunityApi, memberId: string): Promise<void> {
  await api.call("PUT", pathOf(memberId));
}

export async function fetchBlocks(api: CommunityApi): Promise<string[]> {
  const { body } = await api.call("GET", "/members/me/blocks");
  const { blocks } = (body ?? {}) as { blocks?: { memberId: string }[] };
  if (!blocks) throw unreadable("the blocks");
  return blocks.map(({ memberId }) => memberId);
}

export async function deleteBlock(api: CommunityApi, memberId: string): Promise<void> {
  await api.call("DELETE", pathOf(memberId));
}
