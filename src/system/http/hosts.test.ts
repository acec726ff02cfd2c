import { describe, expect, it } from 'vitest';
import { classifyAddress, isLoopbackName, isSameOrigin, parseHost } from './hosts.ts';

/** The first and the last address of each range, with the public ones directly beside it. */
const RANGES = [
  ['0.0.0.0', '0.255.255.255', 'loopback', ['1.0.0.0']],
  ['127.0.0.0', '127.255.255.255', 'loopback', ['126.255.255.255', '128.0.0.0']],
  ['::', '::1', 'loopback', []],
  ['169.254.0.0', '169.254.255.255', 'link-local', ['169.253.255.255', '169.255.0.0']],
  ['fe80::', 'febf:ffff::', 'link-local', ['fe7f:ffff::']],
  ['fd00:ec2::254', 'fd00:ec2::254', 'link-local', []],
  ['10.0.0.0', '10.255.255.255', 'private', ['9.255.255.255', '11.0.0.0']],
  ['172.16.0.0', '172.31.255.255', 'private', ['172.15.255.255', '172.32.0.0']],
  ['192.168.0.0', '192.168.255.255', 'private', ['192.167.255.255', '192.169.0.0']],
  ['100.64.0.0', '100.127.255.255', 'private', ['100.63.255.255', '100.128.0.0']],
  ['192.0.0.0', '192.0.0.255', 'private', ['191.255.255.255', '192.0.1.0']],
  ['198.18.0.0', '198.19.255.255', 'private', ['198.17.255.255', '198.20.0.0']],
  ['224.0.0.0', '255.255.255.255', 'private', ['223.255.255.255']],
  ['fc00::', 'fdff:ffff::', 'private', ['fbff:ffff::']],
  ['fec0::', 'feff:ffff::', 'private', []],
  ['ff00::', 'ffff:ffff::', 'private', []],
  ['::2', '::ffff', 'private', ['0:0:0:0:0:1::']],
  ['64:ff9b::', '64:ff9b:ffff::', 'private', ['64:ff9a::', '64:ff9c::']],
  ['2002::', '2002:ffff::', 'private', ['2001:ffff::', '2003::']],
] as const;

describe('the reach of an address', () => {
  it.each(RANGES)(
    'G26: from %s to %s is %s, and public beside it',
    (first, last, reach, beside) => {
      expect([first, last].map(classifyAddress)).toEqual([reach, reach]);
      expect(beside.map(classifyAddress)).toEqual(beside.map(() => 'public'));
    },
  );

  it('G26: does not depend on brackets, a zone or the IPv6 form of an IPv4 address', () => {
    expect(classifyAddress('[::1]')).toBe('loopback');
    expect(classifyAddress('fe80::1%eth0')).toBe('link-local');
    expect(classifyAddress('::ffff:10.0.0.1')).toBe('private');
    expect(classifyAddress('::ffff:8.8.8.8')).toBe('public');
  });
});

it('loopback is a written form: a name that only resolves to it does not count', () => {
  expect(['localhost', '127.0.0.1', '::1'].map(isLoopbackName)).toEqual([true, true, true]);
  expect(
    ['localhost.example.com', '127.0.0.1.example.com', '10.0.0.1'].map(isLoopbackName),
  ).toEqual([false, false, false]);
});

it('a host is read without its port and without brackets', () => {
  expect(['a:5000', '[::1]:443', '[::1]', 'a'].map(parseHost)).toEqual(['a', '::1', '::1', 'a']);
});

it('G27: an origin is scheme, host and port, compared exactly', () => {
  const isSame = (other: string) => isSameOrigin(new URL('https://a.example'), new URL(other));
  expect(isSame('https://A.example:443/other')).toBe(true);
  const others = ['http://a.example', 'https://a.example:444', 'https://b.a.example'];
  expect(others.map(isSame)).toEqual([false, false, false]);
});
