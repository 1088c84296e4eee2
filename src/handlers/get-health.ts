import { endpoint } from "./http/http.ts";

/** `GET /health`: answers as long as the gateway and a Lambda do. */
export const handler = endpoint(async () => ({ status: 200, body: { status: "ok" } }));
