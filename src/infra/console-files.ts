/**
 * The console's files, as the build has put them beside the function's code, and what the deployment says
 * about signing in. Lambda tells where the code is by LAMBDA_TASK_ROOT; the local runtime sets it too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const pathOf = (...names: string[]): string =>
  join(process.env.LAMBDA_TASK_ROOT ?? ".", "dist/web", ...names);

/** Files never change while an instance lives. */
let page: Promise<string> | undefined;

export function readPage(): Promise<string> {
  page ??= readFile(pathOf("index.html"), "utf8");
  return page;
}

/** A script or a style by its name, gzipped; null where there is none. The name must hold no path. */
export async function readAsset(name: string): Promise<Uint8Array | null> {
  try {
    return await readFile(pathOf("assets", `${name}.gz`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

export interface SignIn {
  issuer: string;
  /** Empty where the deployment names none. */
  clientId: string;
  audience: string;
  scopes: string;
}

/** By the parameters jwtIssuer, consoleClientId, jwtAudience and consoleScopes. */
export function readSignIn(): SignIn {
  const { JWT_ISSUER = "", CONSOLE_CLIENT_ID = "", JWT_AUDIENCE = "", CONSOLE_SCOPES = "" } = process.env;
  return { issuer: JWT_ISSUER, clientId: CONSOLE_CLIENT_ID, audience: JWT_AUDIENCE, scopes: CONSOLE_SCOPES };
}

const DISCOVERY_TIME_MAX_MS = 2_000;
let origins: Promise<string[]> | undefined;

/**
 * The origins that a page must reach to sign in. They stand in the issuer's discovery document, since an
 * issuer may have its token endpoint at another host, as Cognito does. An issuer that does not answer is
 * asked again at the next page.
 */
export async function readIssuerOrigins(): Promise<string[]> {
  const { issuer, clientId } = readSignIn();
  if (clientId === "") return [];
  origins ??= discoverOrigins(issuer);
  try {
    return await origins;
  } catch {
    origins = undefined;
    return [new URL(issuer).origin];
  }
}

async function discoverOrigins(issuer: string): Promise<string[]> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_TIME_MAX_MS) });
  const document = (await answer.json()) as Record<string, unknown>;
  const endpoints = [document.token_endpoint, document.userinfo_endpoint, document.revocation_endpoint];
  const known = endpoints.filter((endpoint) => typeof endpoint === "string");
  return [...new Set([issuer, ...known].map((endpoint) => new URL(endpoint).origin))];
}
