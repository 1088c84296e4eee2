/**
 * Names to public addresses. A webhook's URL is an operator's word, so the address that is connected to is
 * checked, after its name was looked up: no private network, no metadata service, nothing of this machine.
 */
import { Resolver } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** Of IPv6 only this is given to the public internet: iana.org/assignments/ipv6-address-space */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

export function isPublicAddress(text: string): boolean {
  const address = ipaddr.process(text); // an IPv4 address in IPv6's clothes is judged as what it is
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || address.match(GLOBAL_IPV6);
}

const isLoopback = (text: string): boolean => ipaddr.process(text).range() === "loopback";

/** The address that a URL's host is, without brackets; null where it is a name. */
export function literalOf(hostname: string): string | null {
  const text = hostname.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(text) ? text : null;
}

export class AddressRefused extends Error {}

export type AddressRule = (address: string) => boolean;

export const addressRule =
  (allowsLoopback: boolean): AddressRule =>
  (address) =>
    isPublicAddress(address) || (allowsLoopback && isLoopback(address));

/**
 * Not the machine's own look-up, which has four threads for all: slow name servers of one webhook would hold
 * the others.
 */
const RESOLVER = { timeout: 2_000, tries: 2 };

async function addressesOf(hostname: string): Promise<string[]> {
  if (hostname === "localhost") return ["127.0.0.1"];
  const resolver = new Resolver(RESOLVER);
  const found = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

/**
 * All addresses of a name, if all of them are allowed: one of a name's that is not makes the name suspect.
 */
export async function checkedAddresses(
  hostname: string,
  isAllowed: AddressRule,
  addressesOfName = addressesOf,
): Promise<{ address: string; family: number }[]> {
  const literal = literalOf(hostname);
  const addresses = literal ? [literal] : await addressesOfName(hostname);
  if (addresses.length === 0) throw new Error("the name has no address");
  if (!addresses.every(isAllowed))
    throw new AddressRefused("the name leads to an address that is not public");
  return addresses.map((address) => ({ address, family: ipaddr.parse(address).kind() === "ipv4" ? 4 : 6 }));
}

/**
 * For node:https: what it returns is connected to. Node does not ask it for an address that stands in the URL
 * itself.
 */
export function checkedLookup(isAllowed: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    checkedAddresses(hostname, isAllowed).then(
      (found) => (options.all ? callback(null, found) : callback(null, found[0].address, found[0].family)),
      (error) => callback(error, ""),
    );
  };
}
