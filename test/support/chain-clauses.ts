import { X509Certificate } from 'node:crypto';
import type { ChainFlaw } from '../../src/capabilities/signing/index.ts';
import type { ChainCase } from './chain-cases.ts';
import { der, derOid } from './timestamps.ts';

/** The verdicts on one chain; `ok`, or why it is refused. */
export interface ChainVerdicts {
  readonly ours: string;
  readonly openssl: string;
  /** Null where Go was not asked. */
  readonly go: string | null;
}

interface Refusal {
  readonly clause: string;
  /** What was changed in a chain, by the name of its case, so that this refusal is due. */
  readonly after: RegExp;
}

/** The clause for a refusal that others do not make; docs/reference/strictness.md lists them. */
const REFUSED: ReadonlyMap<ChainFlaw, Refusal> = new Map<ChainFlaw, Refusal>([
  [
    'chain-order',
    {
      clause: 'N32: certificates are in order',
      after: /reordered|root twice|without the middle|another issuer name/,
    },
  ],
  [
    'link-signature',
    { clause: 'N32: certificates are in order; two of one name are swapped', after: /reordered/ },
  ],
  ['chain-incomplete', { clause: 'N21: the chain is complete', after: /without root/ }],
  [
    'not-a-ca',
    {
      clause: 'N29: an authority says that it is one, in a critical extension',
      after: /version 1|basic constraints|CA false|without CA/,
    },
  ],
  [
    'key-usage',
    {
      clause: 'N29, N30: key usage of an issuer and of a leaf',
      after: /key usage|path length|CA true|version 1/,
    },
  ],
  [
    'extended-key-usage',
    { clause: 'N31, RFC 5280 §4.2.1.12: the purpose of a certificate', after: /EKU/ },
  ],
  [
    'key-identifier',
    {
      clause: 'RFC 5280 §4.2.1.1: the identifiers of a key agree',
      after: /other key identifier/,
    },
  ],
  ['weak-digest', { clause: 'N32: no SHA-1', after: /sha1 \d/ }],
  ['weak-key', { clause: 'N16: kinds and sizes of keys', after: /RSA 1024|Ed25519/ }],
]);

interface Disagreement {
  readonly clause: string;
  readonly ours: 'ok' | 'name-constraints' | 'certificate-policy';
  readonly openssl: RegExp;
  readonly go: RegExp;
  /** Whether the chain has what the clause is about. */
  readonly fits?: (chain: readonly Uint8Array[], go: string | null) => boolean;
}

const hasBytes = (chain: readonly Uint8Array[], bytes: Uint8Array): boolean =>
  chain.some((certificate) => Buffer.from(certificate).includes(Buffer.from(bytes)));

/** The authorities between root and leaf that issued themselves. */
function listSelfIssued(chain: readonly Uint8Array[]): readonly X509Certificate[] {
  const between = chain.slice(1, -1).map((certificate) => new X509Certificate(certificate));
  return between.filter(({ subject, issuer }) => subject === issuer);
}

/** Whether an authority between that issued itself has the name that Go speaks of. */
function isNameOfSelfIssued(chain: readonly Uint8Array[], go: string | null): boolean {
  const name = /(?:DNS name|IP address|email address|URI) "([^"]+)"/.exec(go ?? '')?.[1];
  if (name === undefined) return false;
  return listSelfIssued(chain).some(({ subjectAltName }) => subjectAltName?.includes(name));
}

/** Whether any policy is a side of a mapping: `SEQUENCE { from, to }`. */
function mapsAnyPolicy(chain: readonly Uint8Array[]): boolean {
  const any = derOid('2.5.29.32.0');
  return ['1.2.3.1', '1.2.3.2', '1.2.3.3', '2.5.29.32.0']
    .map(derOid)
    .some(
      (other) => hasBytes(chain, der(0x30, any, other)) || hasBytes(chain, der(0x30, other, any)),
    );
}

/** OpenSSL's words for a name that is not permitted or excluded. */
const VIOLATION = /^4[78] at \d+ depth lookup/;

/** Where the same extensions are read in another way. */
const READINGS: readonly Disagreement[] = [
  {
    clause: 'RFC 5280 §4.2.1.9: an authority that issued itself is not counted',
    ours: 'ok',
    openssl: /^ok$/,
    go: /too many intermediates/,
    fits: (chain) => listSelfIssued(chain).length > 0,
  },
  {
    clause: 'RFC 5280 §6.1: the root is no part of the path, so its purposes do not bind',
    ours: 'ok',
    openssl: /^ok$/,
    go: /incompatible key usage/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10: a URI with an address is refused where URIs are constrained',
    ours: 'name-constraints',
    openssl: /^ok$/,
    go: /URI with (?:IP|empty host)|^ok$|unhandled critical extension/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10: a directoryName is compared; Go compares none',
    ours: 'ok',
    openssl: /^ok$/,
    go: /unhandled critical extension/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10: a URI without a host is refused where URIs are constrained',
    ours: 'ok',
    openssl: /^ok$/,
    go: /URI with (?:IP|empty host)/,
  },
  {
    clause:
      'RFC 5280 §6.1.3 (b): an authority between that issued itself is not bound; Go binds it',
    ours: 'ok',
    openssl: /^ok$/,
    go: /is not permitted by any constraint|is excluded by constraint/,
    fits: isNameOfSelfIssued,
  },
  {
    clause: 'RFC 5280 §4.2.1.10: a host without a leading dot is that host alone',
    ours: 'ok',
    openssl: /^ok$/,
    go: /(?:URI|email address) .* is excluded by constraint/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10: hosts alone, and names of the directory, bind; Go reads wider',
    ours: 'name-constraints',
    openssl: VIOLATION,
    go: /^ok$/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10, RFC 4632 §3.1: the ones of a mask are before its zeros',
    ours: 'name-constraints',
    openssl: /^ok$/,
    go: /invalid mask/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10, RFC 3986 §3.2: the user before a host is no part of it',
    ours: 'ok',
    openssl: VIOLATION,
    go: /^ok$|unhandled critical extension/,
    fits: (chain) => hasBytes(chain, Buffer.from('https://u@example.com/')),
  },
  {
    clause: 'RFC 5321 §4.1.2: a mailbox in quotes is the same mailbox',
    ours: 'ok',
    openssl: VIOLATION,
    go: /^ok$|unhandled critical extension/,
    fits: (chain) => hasBytes(chain, Buffer.from('"a"@example.com')),
  },
  {
    clause: 'RFC 5280 §4.2.1.10: a wildcard stands for hosts that are excluded',
    ours: 'name-constraints',
    openssl: /^ok$/,
    go: /DNS name .* is excluded by constraint|unhandled critical extension|^ok$/,
  },
  {
    clause: 'RFC 5280 §6.1.4 (a): no policy is mapped to or from any policy',
    ours: 'certificate-policy',
    openssl: /^ok$|^42 at \d+ depth lookup/,
    go: /^ok$/,
    fits: mapsAnyPolicy,
  },
  {
    clause: 'RFC 5280 §6.1.3 (d)(2): any policy that is inhibited is no policy to map from',
    ours: 'certificate-policy',
    openssl: /^ok$/,
    go: /invalid policies/,
  },
];

/** The clause that decides, `same` where all agree, or null for a surprise. */
export function findClause(
  { name, chain }: ChainCase,
  { ours, openssl, go }: ChainVerdicts,
): string | null {
  const others = [openssl, ...(go === null ? [] : [go])].map((verdict) => verdict === 'ok');
  if (others.every((accepts) => accepts === (ours === 'ok'))) return 'same';
  const found = READINGS.find(
    (one) =>
      one.ours === ours &&
      one.openssl.test(openssl) &&
      (go === null || one.go.test(go)) &&
      (one.fits?.(chain, go) ?? true),
  );
  if (found !== undefined) return found.clause;
  const refusal = REFUSED.get(ours as ChainFlaw);
  return refusal?.after.test(name) === true ? refusal.clause : null;
}
