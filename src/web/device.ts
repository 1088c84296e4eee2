/** The member's half, by the SDK. Ratings and the model are in this browser's IndexedDB. */
import { TertuliaClient } from "../client/client.ts";
import { IndexedDbStorage } from "../client/indexed-db-storage.ts";
import { BASE_URL, token } from "./session.ts";

/** What the SDK's calls answer and take. */
export type Assignment = NonNullable<Awaited<ReturnType<TertuliaClient["assignment"]>>>;
export type OutboxEntry = Awaited<ReturnType<TertuliaClient["outbox"]>>["sent"][number];
export type Availability = NonNullable<Parameters<TertuliaClient["setAvailability"]>[0]>;

const devices = new Map<string, TertuliaClient>();

export function deviceOf(community: string, userId: string): TertuliaClient {
  const name = `tertulia/${community}/${userId}`;
  const known = devices.get(name);
  if (known) return known;
  const device = new TertuliaClient({
    baseUrl: BASE_URL,
    community,
    getToken: () => token.value ?? "",
    storage: new IndexedDbStorage(name),
  });
  devices.set(name, device);
  return device;
}
