/** Sign-in at the stack's issuer, by oauth4webapi: OpenID Connect's code flow with PKCE (RFC 7636), no secret. */
import * as oauth from "oauth4webapi";
import { keepToken, type SignIn } from "./session.ts";

const PENDING = "tertulia.sign-in";

interface Pending {
  verifier: string;
  state: string;
  /** Where the person was. */
  hash: string;
}

const redirectUri = (): string => location.origin + location.pathname;

/** An issuer on this machine may speak http. */
function transportOf({ issuer }: SignIn) {
  return { [oauth.allowInsecureRequests]: /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(`${issuer}/`) };
}

async function discover(signIn: SignIn): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(signIn.issuer);
  const answer = await oauth.discoveryRequest(issuer, transportOf(signIn));
  return oauth.processDiscoveryResponse(issuer, answer);
}

/** Leaves for the issuer. */
export async function beginSignIn(signIn: SignIn): Promise<void> {
  const server = await discover(signIn);
  if (!server.authorization_endpoint) throw new Error("the issuer has no authorization endpoint");
  const pending: Pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    hash: location.hash,
  };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: signIn.clientId,
    redirect_uri: redirectUri(),
    scope: signIn.scopes,
    audience: signIn.audience, // some issuers make tokens for an API only where it is named
    state: pending.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
  }).toString();
  location.assign(url);
}

/** Back from the issuer: takes the token for the code in the address, and the code out of the address. */
export async function endSignIn(signIn: SignIn): Promise<void> {
  const { verifier, state, hash }: Pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "{}");
  sessionStorage.removeItem(PENDING);
  const back = new URL(location.href);
  history.replaceState(null, "", `${redirectUri()}${hash ?? ""}`);
  const server = await discover(signIn);
  const client: oauth.Client = { client_id: signIn.clientId };
  const parameters = oauth.validateAuthResponse(server, client, back, state);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri(),
    verifier,
    transportOf(signIn),
  );
  const { access_token } = await oauth.processAuthorizationCodeResponse(server, client, answer);
  keepToken(access_token);
}
