/**
 * The problems that a caller can be told (RFC 9457), in one list, in the order in which they are looked for:
 * when a request has several faults the first of this list is the answer. A name in the path that no community can have is
 * invalid before anything is looked up. A body is read once its sender may send one.
 */
import { FIELD_ERRORS_MAX } from "./limits.ts";

export const PROBLEMS = {
  unauthorized: { status: 401, title: "A valid bearer token is needed" },
  "operator-scope-needed": { status: 403, title: "This call is for operators" },
  "unknown-community": { status: 404, title: "There is no such community" },
  "not-a-member": { status: 403, title: "This call is for members" },
  "awaiting-approval": { status: 403, title: "An operator has yet to approve you" },
  banned: { status: 403, title: "An operator has banned you from the community" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is of another type" },
  "invalid-request": { status: 400, title: "The request is not valid" },
  "unknown-member": { status: 404, title: "There is no such member" },
  "unknown-item": { status: 404, title: "There is no such item" },
  "learning-is-local": { status: 409, title: "Your learning is local" },
  "learning-is-hosted": { status: 409, title: "Your learning is hosted" },
  "unknown-gradient": { status: 404, title: "There is no such gradient" },
  "unknown-rating": { status: 404, title: "There is no such rating" },
  "unknown-version": { status: 404, title: "There is no such kept version" },
  "version-in-use": { status: 409, title: "The version is in use" },
  "version-not-kept": { status: 409, title: "The version was not kept" },
  "unknown-round": { status: 404, title: "There is no such round" },
  "user-taken": { status: 409, title: "The userId is somebody else's" },
  "round-closed": { status: 409, title: "It is too late for that" },
  "round-too-soon": { status: 409, title: "The last round is too recent" },
  "unknown-import": { status: 404, title: "There is no such import" },
  "unknown-season": { status: 404, title: "No season is planned" },
  "unknown-webhook": { status: 404, title: "There is no such webhook" },
  "too-many-webhooks": { status: 409, title: "The community has as many webhooks as it may" },
  "erasure-pending": { status: 409, title: "The community of this name is being erased" },
  "assignment-pending": { status: 404, title: "The first assignment is not computed yet" },
  "community-full": { status: 409, title: "The community has no row left" },
  "nobody-to-group": { status: 409, title: "A round needs two members who take part" },
  "season-too-large": { status: 409, title: "A season is for fewer people" },
  "too-many-imports": { status: 409, title: "Too many imports have not ended" },
  "too-many-reads": { status: 429, title: "Too many reads of the model this hour" },
  "too-many-gradients": { status: 429, title: "Too many gradients this hour" },
  "too-many-changes": { status: 429, title: "Too many changes this hour" },
  "too-many-join-requests": { status: 429, title: "Too many requests to join this hour" },
  "too-many-previews": { status: 429, title: "Too many previews this hour" },
  "too-many-tests": { status: 429, title: "A webhook was tested a moment ago" },
  "sums-are-secure": { status: 409, title: "This community takes reports, not gradients" },
  "sums-are-plain": { status: 409, title: "This community takes gradients, not reports" },
  "sum-closed": { status: 409, title: "This sum takes no more reports" },
  "sum-taken": { status: 409, title: "Another set of this sum was answered" },
  "too-few-reports": { status: 409, title: "Too few reports of registered members" },
  "seals-expired": { status: 410, title: "The reports can no longer be opened" },
  "try-again": { status: 503, title: "Too many writers at once" },
  "internal-error": { status: 500, title: "Something went wrong here" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemType = keyof typeof PROBLEMS;

/** What is wrong with one field; `pointer` is a JSON pointer fragment (RFC 6901) such as `#/rows/3`. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** An outcome that the caller is to be told, thrown to leave a handler early. Never logged as an error. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    type: ProblemType,
    detail: string,
    extra: { errors?: readonly FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.type = type;
    this.errors = extra.errors ?? [];
    this.retryAfterSeconds = extra.retryAfterSeconds;
  }
}

/** The problem for input that names its faulty fields, the first of them where they are many. */
export function invalidRequest(faults: readonly FieldError[]): Problem {
  const errors = faults.slice(0, FIELD_ERRORS_MAX);
  const detail = errors.map((error) => `${error.pointer}: ${error.detail}`).join("; ");
  return new Problem("invalid-request", detail, { errors });
}
