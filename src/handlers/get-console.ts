/**
 * The console: `GET /` its page, `GET /assets/{file}` scripts and styles, `GET /console.json` what it needs
 * to sign somebody in.
 */
import { readAsset, readIssuerOrigins, readPage, readSignIn } from "../infra/console-files.ts";
import { type Answer, etagOf, type HttpEvent, isKnown, resource } from "./http/http.ts";

/**
 * What a build names a file: `main-K3ZQ7WXA.js`. It changes with the content, so a browser may keep the file
 * for good.
 */
const ASSET_NAME = /^[A-Za-z0-9_.-]+-[A-Z0-9]{8}\.(js|css)$/;
const TYPES: Record<string, string> = { js: "text/javascript", css: "text/css" };
const PLAIN_TEXT = { "content-type": "text/plain; charset=utf-8" };

/**
 * Nothing from elsewhere, nothing inline, no frame around it; it speaks to this API and to the issuer alone.
 */
function contentSecurityPolicy(origins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...origins].join(" "),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

async function pageAnswer(event: HttpEvent): Promise<Answer> {
  const [text, origins] = await Promise.all([readPage(), readIssuerOrigins()]);
  const policy = contentSecurityPolicy(origins);
  const etag = etagOf(policy, text);
  const headers = {
    etag,
    "cache-control": "no-cache",
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  return isKnown(event, etag) ? { status: 304, headers } : { status: 200, headers, text };
}

export const handler = resource({
  /** A base path without its slash is led on, because the page names its files relative to itself. */
  async "GET /"(event) {
    if (!event.rawPath.endsWith("/")) {
      const location = `${event.rawPath.split("/").at(-1)}/`;
      return { status: 308, headers: { ...PLAIN_TEXT, location }, text: "" };
    }
    return pageAnswer(event);
  },

  async "GET /assets/{file}"(event) {
    const name = event.pathParameters?.file ?? "";
    const bytes = ASSET_NAME.test(name) ? await readAsset(name) : null;
    if (!bytes) return { status: 404, headers: PLAIN_TEXT, text: "There is no such file." };
    const headers = {
      "content-type": TYPES[name.split(".").at(-1)!],
      "content-encoding": "gzip",
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    };
    return { status: 200, headers, bytes };
  },

  async "GET /console.json"() {
    return { status: 200, headers: { "cache-control": "no-cache" }, body: readSignIn() };
  },
});
