import { BlockList, isIP } from 'node:net';
import { Failure } from '../../core/failure.ts';
import { getOwn } from '../../core/own.ts';
import { parseHost } from './hosts.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Which requests go through a proxy, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say. */
export interface Proxies {
  /** For the agents of node:http and node:https; the list of exceptions is not in it. */
  readonly env: Readonly<Record<string, string>>;
  isUsedFor(url: URL): boolean;
}

/**
 * Reads the variables as curl and Go's net/http do: the lower-case name comes first, and an address
 * without a scheme is one of `http://`. A proxy that cannot be used is a failure, USAGE: to go
 * around it in silence is what its owner did not want.
 */
export function readProxies(variables: Variables): Proxies {
  const http = readAddress(variables, 'http_proxy');
  const https = readAddress(variables, 'https_proxy');
  const isExcepted = readExceptions(read(variables, 'no_proxy') ?? '');
  const env = {
    ...(http === null ? {} : { HTTP_PROXY: http }),
    ...(https === null ? {} : { HTTPS_PROXY: https }),
  };
  return {
    env,
    isUsedFor: (url) => (url.protocol === 'https:' ? https : http) !== null && !isExcepted(url),
  };
}

function read(variables: Variables, name: string): string | null {
  return getOwn(variables, name) || getOwn(variables, name.toUpperCase()) || null;
}

function readAddress(variables: Variables, name: string): string | null {
  const value = read(variables, name)?.trim() ?? '';
  if (value === '') return null;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const scheme = /^[a-z0-9+.-]+/i.exec(address)?.[0].toLowerCase() ?? '';
  // mutant socks-proxy-is-passed-over by proxies: condition -> false
  if (scheme !== 'http' && scheme !== 'https')
    throw refuse(name, `is a proxy of kind ${scheme}, which is not supported`);
  if (!URL.canParse(address)) throw refuse(name, 'is no address');
  return address;
}

/** The value may hold a password: it is never shown. */
function refuse(name: string, why: string): Failure {
  return new Failure(
    'USAGE',
    `${name.toUpperCase()} ${why}`,
    `Set it to an HTTP proxy, such as http://proxy.example.com:3128, or unset it.`,
  );
}

const ENTRIES_MAX = 1000;

/**
 * An entry is a host, which stands for all below it as well; `.host` or `*.host` for those below it
 * alone; an address, a range `a-b`, a network in CIDR form; `*` for all; each with `:port` if only
 * that port is meant.
 */
function readExceptions(text: string): (url: URL) => boolean {
  const entries = text.split(/[,\s]+/, ENTRIES_MAX).filter((entry) => entry !== '');
  const tests = entries.map(readException);
  return (url) => {
    const host = parseHost(url.hostname).toLowerCase().replace(/\.$/, '');
    const port = url.port || (url.protocol === 'https:' ? '443' : '80');
    return tests.some((test) => test(host, port));
  };
}

type HostTest = (host: string, port: string) => boolean;

function readException(entry: string): HostTest {
  if (entry === '*') return () => true;
  const network = readNetwork(entry);
  if (network !== null)
    return (host) => isIP(host) !== 0 && network.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
  // An IPv6 address without brackets has no port.
  const port = isIP(entry) === 6 ? undefined : /:(\d+)$/.exec(entry)?.[1];
  const name = (isIP(entry) === 6 ? entry : parseHost(entry)).toLowerCase().replace(/^\*\./, '.');
  const ends = name.startsWith('.') ? name : `.${name}`;
  return (host, ofHost) =>
    (port === undefined || port === ofHost) &&
    (host === name || (isIP(host) === 0 && host.endsWith(ends)));
}

/** Null for what is neither a network nor a range. */
function readNetwork(entry: string): BlockList | null {
  const list = new BlockList();
  const [first = '', last = ''] = entry.split(/[-/]/);
  const family = isIP(first) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(first) === 0) return null;
  try {
    if (entry === `${first}/${last}` && /^\d{1,3}$/.test(last))
      list.addSubnet(first, Number(last), family);
    else if (entry === `${first}-${last}` && isIP(last) === isIP(first))
      list.addRange(first, last, family);
    else return null;
    return list;
  } catch {
    // A prefix that is too long, a range that ends before it begins: no address is in it.
    return null;
  }
}
