// A page of another origin, as its browser sees the deployed API: it asks first, and shows the page what the
// answer allows.
import type { DeployedApi } from "./deployed-api.ts";

export async function callFromAPage(api: DeployedApi, path: string): Promise<void> {
  const origin = "https://app.example.com";
  const asked = { origin, "access-control-request-method": "PUT" };
  const preflight = await api.expect([200, 204], "OPTIONS", path, { headers: asked });
  const { headers } = await api.expect(200, "GET", "/health", { headers: { origin } });
  const told = [
    preflight.headers.get("access-control-allow-methods"),
    preflight.headers.get("access-control-allow-headers"),
    headers.get("access-control-allow-origin"),
    headers.get("access-control-expose-headers"),
  ].join("; ");
  if (!/PUT.*if-none-match.*; \*; .*etag/i.test(told)) throw new Error(`A browser is told: ${told}`);
}
