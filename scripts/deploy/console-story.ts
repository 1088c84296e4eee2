// The console of the deployed stack: its page and files, what it needs to sign in, and the preview that it
// asks for.
import type { DeployedApi } from "./deployed-api.ts";

/** It comes gzipped, as it is stored. */
const SCRIPT_LENGTH_MIN = 10_000;

export async function openConsole(api: DeployedApi, community: string, operator: string): Promise<void> {
  const page = await api.expect<string>(200, "GET", "/");
  const [script] = /assets\/main-\w+\.js/.exec(page.body) ?? [];
  const policy = page.headers.get("content-security-policy") ?? "";
  if (!script || !policy.startsWith("default-src 'none'")) throw new Error(`The page is ${page.body}`);
  const file = await api.expect<string>(200, "GET", `/${script}`);
  if (file.body.length < SCRIPT_LENGTH_MIN) throw new Error(`${script} has ${file.body.slice(0, 80)}`);
  const { body } = await api.expect<{ audience: string }>(200, "GET", "/console.json");
  if (body.audience === "") throw new Error("console.json names no audience");
  const settings = { diversityPenalty: 0 };
  const preview = await api.expect<{ groups: unknown[] }>(200, "POST", `${community}/rounds/preview`, {
    ...{ token: operator, body: { settings } },
  });
  if (preview.body.groups.length === 0) throw new Error("The preview has no group");
}
