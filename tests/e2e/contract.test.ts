/** The judge of all answers that end-to-end tests see, on answers that nobody gives. */
import { expect, test } from "@jest/globals";
import { openApi } from "../../src/handlers/get-openapi.ts";
import { judgeBy } from "./contract.ts";

const judge = judgeBy(openApi() as Parameters<typeof judgeBy>[0]);
const JSON_TYPE = "application/json";
const C = "/communities/chess";
const meeting = { memberId: "_a", round: 1, missed: false };
const problem = { type: "not-a-member", title: "No member", status: 403, detail: "PUT members/me joins." };

test.each([
  ["a page of meetings", "meetings", 200, JSON_TYPE, { meetings: [meeting] }, null],
  ["a field more", "meetings", 200, JSON_TYPE, { meetings: [{ ...meeting, why: 1 }] }, '"why"'],
  ["a field less", "meetings", 200, JSON_TYPE, { meetings: [{ memberId: "_a", round: 1 }] }, "missed"],
  ["a status more", "meetings", 206, JSON_TYPE, { meetings: [] }, "206"],
  ["another type", "meetings", 200, "text/html", {}, "text/html"],
  ["no body", "meetings", 200, "none", undefined, "none"],
  ["a body where none is", "user-factors", 204, JSON_TYPE, {}, "no body"],
  ["a problem", "meetings", 403, "application/problem+json", { ...problem, requestId: "1" }, null],
  ["a field more of a problem", "meetings", 403, "application/problem+json", { ...problem, why: 1 }, '"why"'],
])("%s", (_, name, status, type, body, fault) => {
  const method = status === 204 ? "DELETE" : "GET";
  const found = judge(method, `${C}/members/me/${name}`, status, type, body);
  if (fault === null) expect(found).toBeNull();
  else expect(found).toContain(fault);
});

test("the document says what every answer below 300 holds, unless it is empty", () => {
  const { paths } = openApi() as {
    paths: Record<string, Record<string, { responses: Record<string, object> }>>;
  };
  const silent = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses }]) =>
      Object.entries(responses)
        .filter(([status, response]) => /^20[0-3]$/.test(status) && !("content" in response))
        .map(([status]) => `${method} ${path} ${status}`),
    ),
  );
  expect(silent).toEqual([]);
});
