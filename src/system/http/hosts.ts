import { BlockList, isIP } from 'node:net';

/**
 * Where on the network an address is. An address that is nearer than public is never reached by a
 * redirect (G26).
 */
export type Reach = 'public' | 'private' | 'loopback' | 'link-local';

const RANGES: readonly (readonly [Exclude<Reach, 'public'>, string, number, 'ipv4' | 'ipv6'])[] = [
  ['loopback', '127.0.0.0', 8, 'ipv4'],
  // mutant address-this-host: remove
  ['loopback', '0.0.0.0', 8, 'ipv4'], // "this host": Linux connects it to loopback
  ['loopback', '::', 127, 'ipv6'],
  // mutant address-of-cloud-metadata: remove
  ['link-local', '169.254.0.0', 16, 'ipv4'],
  ['link-local', 'fe80::', 10, 'ipv6'],
  ['link-local', 'fd00:ec2::254', 128, 'ipv6'], // a cloud's metadata service
  // mutant address-of-private-network: remove
  ['private', '10.0.0.0', 8, 'ipv4'],
  ['private', '172.16.0.0', 12, 'ipv4'],
  ['private', '192.168.0.0', 16, 'ipv4'],
  ['private', '100.64.0.0', 10, 'ipv4'],
  ['private', '192.0.0.0', 24, 'ipv4'],
  ['private', '198.18.0.0', 15, 'ipv4'],
  ['private', '224.0.0.0', 3, 'ipv4'],
  // mutant address-unique-local: remove
  ['private', 'fc00::', 7, 'ipv6'],
  ['private', 'fec0::', 10, 'ipv6'],
  ['private', 'ff00::', 8, 'ipv6'],
  // IPv4 inside IPv6 (compatible, NAT64, 6to4) could mean any of the above, and no registry needs
  // it.
  ['private', '::', 96, 'ipv6'],
  // mutant address-of-ipv4-in-ipv6: remove
  ['private', '64:ff9b::', 32, 'ipv6'],
  ['private', '2002::', 16, 'ipv6'],
];

const LISTS: readonly (readonly [Reach, BlockList])[] = RANGES.map(
  ([reach, net, prefix, family]) => {
    const list = new BlockList();
    list.addSubnet(net, prefix, family);
    return [reach, list];
  },
);

/** A BlockList compares an IPv4-mapped IPv6 address with the IPv4 ranges. */
export function classifyAddress(address: string): Reach {
  const plain = address.replace(/^\[|\]$/g, '').split('%', 1)[0] ?? '';
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  return LISTS.find(([, list]) => list.check(plain, family))?.[0] ?? 'public';
}

/** The host without its port, and without the brackets of an IPv6 address. */
export function parseHost(authority: string): string {
  return authority.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

/** Loopback by its written form; a name that only resolves to loopback does not count. */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && classifyAddress(host) === 'loopback');
}

/**
 * Scheme, host and port: credentials are bound to them. They are compared exactly, never by suffix
 * (G27).
 */
export function isSameOrigin(one: URL, other: URL): boolean {
  // mutant origin-has-a-scheme: remove operand
  return one.protocol === other.protocol && one.host === other.host;
}
