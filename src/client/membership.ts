/**
 * The calls of a member about being one: joining, what they are by now, and how they learn. The
 * device keeps the answer.
 */
import type { MemberBody, Membership, OwnMembership, Waiting } from "../domain/messages/contract.ts";
import { ApiError, type CommunityApi, unreadable } from "./api.ts";
import { forgetHosting } from "./hosted.ts";
import { keepMembership, readMembership } from "./profile.ts";
import type { Storage } from "./storage.ts";

export async function putMembership(
  api: CommunityApi,
  storage: Storage,
  wish: MemberBody,
): Promise<Membership | Waiting> {
  return keepAnswer<Membership>(storage, (await api.call("PUT", "/members/me", wish)).body);
}

export async function fetchMembership(api: CommunityApi, storage: Storage): Promise<OwnMembership | Waiting> {
  return keepAnswer<OwnMembership>(storage, (await api.call("GET", "/members/me")).body);
}

async function keepAnswer<Own extends Membership>(storage: Storage, body: unknown): Promise<Own | Waiting> {
  const { status, memberId, row } = (body ?? {}) as Record<string, unknown>;
  if (status === "awaiting-approval") return { status };
  if (typeof memberId !== "string" || !Number.isSafeInteger(row)) throw unreadable("the membership");
  const membership = body as Own;
  await keepMembership(storage, membership);
  if (membership.learning === "local") await forgetHosting(storage); // the server has erased what it was told
  return membership;
}

/**
 * Does it as the member learns. A member who has changed that on another device is told so by the server; the
 * device asks how they learn now, and does it that way.
 */
export async function byLearning<Result>(
  api: CommunityApi,
  storage: Storage,
  work: Record<"hosted" | "local", (own: Membership | null) => Promise<Result>>,
): Promise<Result> {
  const own = await readMembership(storage);
  try {
    return await work[own?.learning ?? "local"](own);
  } catch (error) {
    const isChanged = error instanceof ApiError && /^learning-is-/.test(error.type);
    if (!isChanged) throw error;
    const now = await fetchMembership(api, storage);
    if (now.status !== "member" || now.learning === own?.learning) throw error;
    return work[now.learning](now);
  }
}
