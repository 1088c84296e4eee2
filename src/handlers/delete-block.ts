import { answerBlockChange } from "./http/blocked-member.ts";
import { endpoint } from "./http/http.ts";

/** `DELETE C/members/me/blocks/{memberId}`: takes the caller's own block back; the other's, if any, stays. */
export const handler = endpoint((event) => answerBlockChange(event, "DELETE"));
