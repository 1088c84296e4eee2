// An identity provider on loopback: an OpenID configuration, a key, and tokens signed with it. The deployed JWT
// authorizer reads the first two, as it would read them from a real provider.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export type Claims = { sub: string; scope?: string };
export type TokenOptions = { audience?: string; expiresInSeconds?: number };
export type Issuer = Awaited<ReturnType<typeof startIssuer>>;

// API Gateway takes RSA signatures alone: docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
const ALGORITHM = "RS256";
const KEY_ID = "deploytest";

export async function startIssuer(audience: string) {
  const key = await generateKeyPair(ALGORITHM);
  const forgedKey = await generateKeyPair(ALGORITHM);
  const jwk = { ...(await exportJWK(key.publicKey)), kid: KEY_ID, alg: ALGORITHM, use: "sig" };
  const server = createServer((request, response) => {
    const documents: Record<string, object> = {
      "/.well-known/openid-configuration": { issuer: url, jwks_uri: `${url}/jwks.json` },
      "/jwks.json": { keys: [jwk] },
    };
    const document = documents[request.url ?? ""];
    response.writeHead(document ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(document ?? {}));
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
