/**
 * The calls of a member about being one: joining, what they are by now, and how they learn. The
 * device keeps the answer.
 */
import { ApiError, type CommunityApi, unreadable } from "./api.ts";
import { forgetHosting } from "./hosted.ts";
import { keepMembership, type Membership, readMembership, type Waiting } from "./profile.ts";
import type { Storage } from "./storage.ts";

/** The body of `PUT members/me`, as far as the SDK asks for it. */
export interface JoinWish {
  learning?: "local" | "hosted";
  paused?: boolean;
  invite?: string;
}

export async function putMembership(
  api: CommunityApi,
  storage: Storage,
  wish: JoinWish,
): Promise<Membership | Waiting> {
  return keepAnswer(storage, (await api.call("PUT", "/members/me", wish)).body);
}

export async function fetchMembership(api: CommunityApi, storage: Storage): Promise<Membership | Waiting> {
  return keepAnswer(storage, (await api.call("GET", "/members/me")).body);
}

async function keepAnswer(storage: Storage, body: unknown): Promise<Membership | Waiting> {
  const { status, memberId, row } = (body ?? {}) as Partial<
    Omit<Membership, "status"> & (Membership | Waiting)
  >;
  if (status === "awaiting-approval") return { status };
  if (typeof memberId !== "string" || !Number.isSafeInteger(row)) throw unreadable("the membership");
  const membership = body as Membership;
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
