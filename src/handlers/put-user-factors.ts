import { invalidRequest, Problem } from "../domain/errors.ts";
import { parse, userFactorsBodySchema } from "../domain/messages/messages.ts";
import { setUserFactors } from "../infra/member-store.ts";
import { takeFromRate } from "../infra/rate-limit.ts";
import { readMemberRequest } from "./http/caller.ts";
import { endpoint, jsonBody, requireChanged, valid } from "./http/http.ts";

/** `PUT C/members/me/user-factors`: a member lends x_u to the matching of groups, and to nothing else. */
export const handler = endpoint(async (event) => {
  const { request, head, member } = await readMemberRequest(event);
  const { values, noiseStdDev = 0 } = valid(parse(userFactorsBodySchema, jsonBody(event)));
  const { factors, gradientsPerHourMax: limit } = head.settings;
  if (values.length !== factors && values.length !== factors + 1) {
    const detail = `holds ${values.length} values, expected ${factors}, or ${factors + 1} with the rater bias last`;
    throw invalidRequest([{ pointer: "#/values", detail }]);
  }
  const full = await takeFromRate(request.community, member, "gradients", limit, request.nowMs);
  if (full)
    throw new Problem("too-many-gradients", `At most ${limit} gradients and shared factors an hour.`, full);
  const stored = new Float32Array(factors + 1);
  stored.set(values);
  requireChanged(
    await setUserFactors(request.community, request.userId, stored, noiseStdDev),
    request.community,
  );
  return { status: 200, body: { values: Array.from(stored), noiseStdDev } };
});
