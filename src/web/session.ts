/** Who is signed in. The token lives in sessionStorage, so it ends with the tab, and a sign-out clears it. */
import { signal } from "@preact/signals";

const TOKEN = "tertulia.token";

/** What `GET /console.json` answers. */
export interface SignIn {
  issuer: string;
  clientId: string;
  audience: string;
  scopes: string;
}

/** Where the API is: beside this page. */
export const BASE_URL = location.origin + location.pathname.replace(/\/[^/]*$/, "");

export const token = signal<string | null>(sessionStorage.getItem(TOKEN));

/** Why the last session ended, if it was not by a sign-out. */
export const hasExpired = signal(false);

export function keepToken(given: string): void {
  sessionStorage.setItem(TOKEN, given);
  hasExpired.value = false;
  token.value = given;
}

export function signOut(expired = false): void {
  sessionStorage.clear();
  hasExpired.value = expired;
  token.value = null;
  if (!expired) location.hash = "";
}

/** The member's name in the token, for the head of the page. The API checks tokens; the page only reads them. */
export function subjectOf(jwt: string): string {
  try {
    const payload = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "");
  } catch {
    return "";
  }
}

export async function readSignIn(): Promise<SignIn> {
  const answer = await fetch("console.json");
  if (!answer.ok) throw new Error(`console.json: ${answer.status}`);
  return answer.json();
}

/** On this machine `npm start` gives a token to whoever asks. */
export const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

export async function signInAs(sub: string, scope: string): Promise<void> {
  const answer = await fetch("dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sub, scope }),
  });
  if (!answer.ok) throw new Error(`dev/token: ${answer.status}`);
  keepToken((await answer.json()).token);
}
