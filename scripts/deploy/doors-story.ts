// The doors of a deployed community: each of their functions runs under a role of its own, which has to allow what it does.
import type { DeployedApi } from "./deployed-api.ts";

/** A community by approval: somebody waits, is let in by an invitation or an operator, banned, removed; then it ends. */
export async function openAndClose(
  api: DeployedApi,
  [first, second]: readonly { token: string }[],
  operator: string,
): Promise<void> {
  const path = "/communities/closed";
  const asOperator = { token: operator };
  await api.expect(201, "PUT", path, { ...asOperator, body: { settings: { join: "approval" } } });
  const { body } = await api.expect<{ code: string }>(201, "POST", `${path}/invites`, asOperator);
  const join = (status: number, { token }: { token: string }, invite?: string) =>
    api.expect(status, "PUT", `${path}/members/me`, { token, body: { invite } });
  await join(201, first, body.code);
  await join(202, second);
  await api.expect(200, "GET", `${path}/invites`, asOperator);
  await api.expect(204, "DELETE", `${path}/invites/${body.code}`, asOperator);
  const roster = await api.expect<{ members: { memberId: string; status: string }[] }>(
    200,
    "GET",
    `${path}/members`,
    asOperator,
  );
  for (const { memberId } of roster.body.members) {
    const member = `${path}/members/${memberId}`;
    for (const status of ["member", "banned", "member"])
      await api.expect(200, "PUT", member, { ...asOperator, body: { status } });
    await api.expect(204, "DELETE", member, asOperator);
  }
  for (const [status, method] of [
    [200, "PUT"],
    [204, "DELETE"],
  ] as const)
    await api.expect(status, method, `${path}/operators/nina`, asOperator);
  await api.expect(200, "GET", `${path}/operators`, asOperator);
  await api.expect(200, "GET", "/me", { token: first.token });
  await api.expect(200, "GET", "/communities", asOperator);
  await api.expect(204, "DELETE", path, asOperator);
  await api.expect(409, "PUT", path, { ...asOperator, body: {} });
}
