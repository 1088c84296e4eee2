/**
 * Where no webhook may lead: https://www.iana.org/assignments/iana-ipv4-special-registry, and that of IPv6.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { addressRule, checkedAddresses, isPublicAddress } from "../../src/infra/public-address.ts";
import { postWebhook } from "../../src/infra/webhook-request.ts";

test.each(["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8"])(
  "%s is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  ...["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1"],
  ...["192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1"],
  ...["240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe"],
  ...["64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::", "fc00::1"],
  ...["fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "3fff::1", "5f00::1"],
])("%s is not", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test("a name that leads to one address that is not public is refused, whatever its others are", async () => {
  const leadsTo = (addresses: string[]) =>
    checkedAddresses("name.test", addressRule(false), async () => addresses);
  expect(await leadsTo(["8.8.8.8", "2606:4700::1111"])).toEqual([
    { address: "8.8.8.8", family: 4 },
    { address: "2606:4700::1111", family: 6 },
  ]);
  await expect(leadsTo(["8.8.8.8", "169.254.169.254"])).rejects.toThrow("not public");
  await expect(leadsTo([])).rejects.toThrow("no address");
});

test("a request goes to this machine only where the deployment allows it, however its address is written", async () => {
  let calls = 0;
  const server = createServer((_, response) => {
    calls++;
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"];
  process.env.WEBHOOK_LOOPBACK = "false";
  for (const host of hosts)
    expect(await postWebhook(`http://${host}:${port}/`, {}, "{}")).toMatchObject({
      isDelivered: false,
      error: expect.stringContaining("not public"),
    });
  expect(calls).toBe(0);
  process.env.WEBHOOK_LOOPBACK = "true";
  for (const host of ["127.0.0.1", "localhost"])
    expect(await postWebhook(`http://${host}:${port}/`, {}, "{}")).toMatchObject({
      isDelivered: true,
      status: 204,
    });
  await new Promise((resolve) => server.close(resolve));
});
