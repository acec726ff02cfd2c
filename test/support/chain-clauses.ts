import type { ChainFlaw } from '../../src/capabilities/signing/index.ts';

/** The verdicts on one chain; `ok`, or why it is refused. */
export interface ChainVerdicts {
  readonly ours: string;
  readonly openssl: string;
  /** Null where Go was not asked. */
  readonly go: string | null;
}

/** The clause for a refusal that others do not make; docs/reference/strictness.md lists them. */
const REFUSED: ReadonlyMap<ChainFlaw, string> = new Map<ChainFlaw, string>([
  ['chain-order', 'N32: certificates are in order'],
  ['link-signature', 'N32: certificates are in order; two of one name are swapped'],
  ['chain-incomplete', 'N21: the chain is complete'],
  ['not-a-ca', 'N29: an authority says that it is one, in a critical extension'],
  ['key-usage', 'N29, N30: key usage of an issuer and of a leaf'],
  ['extended-key-usage', 'N31, RFC 5280 §4.2.1.12: the purpose of a certificate'],
  ['key-identifier', 'RFC 5280 §4.2.1.1: the identifiers of a key agree'],
  ['certificate-policy', 'RFC 5280 §6.1.4 (a): no policy is mapped to or from any policy'],
  ['weak-digest', 'N32: no SHA-1'],
  ['weak-key', 'N16: kinds and sizes of keys'],
]);

interface Disagreement {
  readonly clause: string;
  readonly ours: 'ok' | 'name-constraints';
  readonly openssl: RegExp;
  readonly go: RegExp;
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
    clause: 'RFC 5280 §4.2.1.10: a host without a leading dot is that host alone',
    ours: 'ok',
    openssl: /^ok$/,
    go: /(?:URI|email address) .* is excluded by constraint/,
  },
  {
    clause:
      'RFC 5280 §6.1.3 (b): an authority between that issued itself is not bound; Go binds it',
    ours: 'ok',
    openssl: /^ok$/,
    go: /(?:URI|email address|DNS name) .* is not permitted by any constraint/,
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
    clause: 'RFC 5321 §4.1.2: a mailbox in quotes is the same mailbox',
    ours: 'ok',
    openssl: VIOLATION,
    go: /^ok$|unhandled critical extension/,
  },
  {
    clause: 'RFC 5280 §4.2.1.10: a wildcard stands for hosts that are excluded',
    ours: 'name-constraints',
    openssl: /^ok$/,
    go: /DNS name .* is excluded by constraint|unhandled critical extension|^ok$/,
  },
];

/** The clause that decides, `same` where all agree, or null for a surprise. */
export function findClause({ ours, openssl, go }: ChainVerdicts): string | null {
  const others = [openssl, ...(go === null ? [] : [go])].map((verdict) => verdict === 'ok');
  if (others.every((accepts) => accepts === (ours === 'ok'))) return 'same';
  const found = READINGS.find(
    (one) => one.ours === ours && one.openssl.test(openssl) && (go === null || one.go.test(go)),
  );
  return found?.clause ?? REFUSED.get(ours as ChainFlaw) ?? null;
}
