import { answerBlockChange } from "./http/blocked-member.ts";
import { endpoint } from "./http/http.ts";

/** `PUT C/members/me/blocks/{memberId}`: from now on the two are in no group together; nobody is told. */
export const handler = endpoint((event) => answerBlockChange(event, "ADD"));
