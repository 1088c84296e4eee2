/**
 * The identity provider of one machine: signs tokens with a key of its own and checks them as the gateway's JWT
 * authorizer does: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from "jose";
import type { JwtAuthorizer } from "../template/template.ts";

const algorithm = "ES256";
/**
 * What API Gateway takes of others:
 * docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
const foreignAlgorithm = "RS256";
/** The issuer of serverless.yml's local stage: nobody is there, and this machine's own key is all. */
const OWN_ISSUER = "http://127.0.0.1";
// A check of a signature costs more than the rest of a request; 10,000 tokens of 500 bytes are 5 MB.
const cachedTokensMax = 10_000;

export interface TokenRequest {
  sub: string;
  /** Words with spaces between. */
  scope?: string;
  audience?: string;
  /** Default 1 hour; negative makes a token that has expired. */
  expiresInSeconds?: number;
}

export interface Tokens {
  sign(request: TokenRequest, authorizer: JwtAuthorizer): Promise<string>;
  /** The claims of a valid token; throws on any other. */
  verify(token: string, authorizer: JwtAuthorizer): Promise<JWTPayload>;
}

/** Keeps its key in `dataDir`, so that a token outlives a restart; without it each start has a new key. */
export async function openTokens(dataDir?: string): Promise<Tokens> {
  const { privateKey, publicKey } = await openKey(dataDir && join(dataDir, "token-key.json"));
  const valid = new Map<string, JWTPayload>();
  return {
    async sign({ sub, scope, audience, expiresInSeconds = 3600 }, authorizer) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ scope })
        .setProtectedHeader({ alg: algorithm, typ: "JWT" })
        .setSubject(sub)
        .setIssuer(authorizer.issuerUrl)
        .setAudience(audience ?? authorizer.audience[0])
        .setIssuedAt(now)
        .setExpirationTime(now + expiresInSeconds)
        .sign(privateKey);
    },
    async verify(token, { issuerUrl, audience }) {
      const key = `${issuerUrl} ${audience} ${token}`;
      const known = valid.get(key);
      if (known && Date.now() < known.exp! * 1000) return known;
      valid.delete(key);
      const rules = { issuer: issuerUrl, audience, requiredClaims: ["exp"] };
      const isForeign = issuerUrl !== OWN_ISSUER && decodeProtectedHeader(token).alg === foreignAlgorithm;
      const { payload } = isForeign
        ? await jwtVerify(token, await keysOf(issuerUrl), { ...rules, algorithms: [foreignAlgorithm] })
        : await jwtVerify(token, publicKey, { ...rules, algorithms: [algorithm] });
      if (valid.size >= cachedTokensMax) valid.delete(valid.keys().next().value!); // the oldest
      valid.set(key, payload);
      return payload;
    },
  };
}

const foreignKeys = new Map<string, JWTVerifyGetKey>();

/** The keys of a real issuer, where a parameter names one, by its discovery document. */
async function keysOf(issuerUrl: string): Promise<JWTVerifyGetKey> {
  const known = foreignKeys.get(issuerUrl);
  if (known) return known;
  const answer = await fetch(`${issuerUrl.replace(/\/$/, "")}/.well-known/openid-configuration`);
  const { jwks_uri } = (await answer.json()) as { jwks_uri: string };
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  foreignKeys.set(issuerUrl, keys);
  return keys;
}

async function openKey(file?: string) {
  if (file && existsSync(file)) {
    const jwk = JSON.parse(readFileSync(file, "utf8"));
    const { d: _, ...publicJwk } = jwk;
    return { privateKey: await importJWK(jwk, algorithm), publicKey: await importJWK(publicJwk, algorithm) };
  }
  const pair = await generateKeyPair(algorithm, { extractable: true });
  if (file) writeFileSync(file, JSON.stringify(await exportJWK(pair.privateKey)), { mode: 0o600 });
  return pair;
}
