/**
 * A real OpenID provider on this machine: oidc-provider, which is certified, with one public client, the
 * console.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

export const CLIENT_ID = "console";

export interface OpenIdProvider {
  url: string;
  /** From now on it knows the console at `consoleUrl`. */
  serve(consoleUrl: string): void;
  stop(): void;
}

/** It has its address before it serves, since the stack needs the issuer's and the issuer the stack's. */
export async function startProvider(audience: string, scope: string): Promise<OpenIdProvider> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const keys = [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" }];
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    serve(consoleUrl) {
      const resource = { scope, audience, accessTokenFormat: "jwt" as const };
      const provider = new Provider(url, {
        clients: [
          {
            client_id: CLIENT_ID,
            token_endpoint_auth_method: "none",
            redirect_uris: [consoleUrl],
            application_type: "native",
          },
        ],
        jwks: { keys },
        cookies: { keys: ["any"] },
        scopes: ["openid", scope],
        pkce: { required: () => true },
        clientBasedCORS: () => true,
        features: {
          devInteractions: { enabled: true },
          resourceIndicators: {
            enabled: true,
            defaultResource: () => "urn:tertulia",
            useGrantedResource: () => true,
            getResourceServerInfo: () => ({ ...resource, jwt: { sign: { alg: "RS256" } } }),
          },
        },
      });
      server.on("request", provider.callback());
    },
    stop: () => void server.close(),
  };
}
