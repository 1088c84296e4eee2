/**
 * An identity provider on loopback: an OpenID configuration, a key, and tokens signed with it. The deployed
 * JWT authorizer reads the first two, as it would read them from a real provider. Whoever comes by the code
 * flow is an operator: there is nobody to ask who they are.
 */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export type Claims = { sub: string; scope?: string };
export type TokenOptions = { audience?: string; expiresInSeconds?: number };
export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

// API Gateway takes RSA signatures alone: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
const ALGORITHM = "RS256";
const KEY_ID = "deploytest";
const PERSON: Claims = { sub: "olga", scope: "openid operator" };

/** The code flow's two ends (RFC 6749, RFC 7636): a code for whoever comes, and a token for who began. */
function codeFlow(sign: () => Promise<string>) {
  const challenges = new Map<string, string>();
  return {
    authorize({ searchParams }: URL): string {
      const code = randomUUID();
      challenges.set(code, searchParams.get("code_challenge")!);
      const back = new URL(searchParams.get("redirect_uri")!);
      back.search = new URLSearchParams({ code, state: searchParams.get("state")! }).toString();
      return back.href;
    },
    /** Null for who did not begin; a code is good once. */
    async token(request: IncomingMessage): Promise<object | null> {
      const form = new URLSearchParams(await text(request));
      const code = form.get("code") ?? "";
      const challenge = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      const isTheirs = challenges.get(code) === challenge && challenges.delete(code);
      return isTheirs ? { access_token: await sign(), token_type: "Bearer", expires_in: 3600 } : null;
    },
  };
}

export async function startIssuer(audience: string) {
  const key = await generateKeyPair(ALGORITHM);
  const forgedKey = await generateKeyPair(ALGORITHM);
  const jwk = { ...(await exportJWK(key.publicKey)), kid: KEY_ID, alg: ALGORITHM, use: "sig" };
  const flow = codeFlow(() => sign(PERSON, {}, key.privateKey));
  const server = createServer(async (request, response) => {
    const at = new URL(request.url ?? "/", url);
    if (at.pathname === "/authorize") {
      response.writeHead(302, { location: flow.authorize(at) }).end();
      return;
    }
    const documents: Record<string, object> = {
      "/.well-known/openid-configuration": {
        issuer: url,
        jwks_uri: `${url}/jwks.json`,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
      },
      "/jwks.json": { keys: [jwk] },
    };
    const document = at.pathname === "/token" ? await flow.token(request) : documents[at.pathname];
    const headers = { "content-type": "application/json", "access-control-allow-origin": "*" };
    response.writeHead(document ? 200 : 404, headers).end(JSON.stringify(document ?? {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function sign({ sub, scope }: Claims, options: TokenOptions, privateKey: CryptoKey): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    return new SignJWT(scope === undefined ? {} : { scope })
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
      .setSubject(sub)
      .setIssuer(url)
      .setAudience(options.audience ?? audience)
      .setIssuedAt(nowSeconds - 1)
      .setExpirationTime(nowSeconds + (options.expiresInSeconds ?? 3600))
      .sign(privateKey);
  }

  return {
    url,
    token: (claims: Claims, options: TokenOptions = {}) => sign(claims, options, key.privateKey),
    /** Signed with a key that the issuer does not have. */
    forgedToken: (claims: Claims) => sign(claims, {}, forgedKey.privateKey),
    stop: () => void server.close(),
  };
}
