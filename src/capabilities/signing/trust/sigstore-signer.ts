import { createPublicKey, type KeyObject } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readPem } from '../../../formats/der/pem.ts';
import { computeKeyId } from '../envelopes/dsse.ts';
import type { SigstoreSigner } from '../signer.ts';
import { CLAIMS } from '../sigstore/certificate-identity.ts';
import { isKeyOfSigner } from '../sigstore/log-key.ts';

/** An identity that a trusted root of sigstore vouches for. */
export interface TrustedIdentityOfRoot {
  readonly kind: 'sigstore-identity';
  readonly identity:
    | { readonly kind: 'exact'; readonly text: string }
    | { readonly kind: 'glob'; readonly pattern: string };
  /** Of the identity token, compared as a whole. */
  readonly issuer: string;
  /** What else the certificate must say (A59). */
  readonly claims: ReadonlyMap<string, string>;
  readonly trustedRoot: string;
  /** From how many different logs an entry is needed. */
  readonly logs: number;
}

/** A public key. With a trusted root, a log of it must have the signature. */
export interface TrustedPublicKey {
  readonly kind: 'sigstore-key';
  readonly key: KeyObject;
  /** As the document has it. */
  readonly pem: string;
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly thumbprint: string;
  readonly trustedRoot: string | null;
  readonly logs: number;
}

export type TrustedSigstoreSigner = TrustedIdentityOfRoot | TrustedPublicKey;

export const SIGSTORE_SIGNER_KEYS = [
  'identity',
  'identityGlob',
  'issuer',
  'claims',
  'publicKey',
  'trustedRoot',
  'logs',
] as const;

export const ROOT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * Reads a signer that is known by a certificate of sigstore (`identity` or `identityGlob` with
 * `issuer` and `trustedRoot`) or by a key (`publicKey`).
 */
export function readSigstoreSigner(value: JsonObject): Result<TrustedSigstoreSigner> {
  const { trustedRoot, publicKey, logs = 1 } = value;
  const isName = typeof trustedRoot === 'string' && ROOT_NAME.test(trustedRoot);
  if (trustedRoot !== undefined && !isName) return refuse('trustedRoot is not a name');
  if (typeof logs !== 'number' || !Number.isSafeInteger(logs) || logs < 1 || logs > 16)
    return refuse('logs is not a whole number from 1 to 16');
  const root = isName ? trustedRoot : null;
  if (publicKey !== undefined) return readKey(value, publicKey, root, logs);
  return readIdentitySigner(value, root, logs);
}

function readKey(
  { identity, identityGlob, issuer, claims, logs: stated }: JsonObject,
  value: JsonValue,
  trustedRoot: string | null,
  logs: number,
): Result<TrustedPublicKey> {
  // mutant key-with-an-identity-beside-it by sigstore-signer: condition -> false
  if ([identity, identityGlob, issuer, claims].some((one) => one !== undefined))
    return refuse('publicKey has identity, issuer or claims beside it');
  if (stated !== undefined && trustedRoot === null) return refuse('logs needs a trustedRoot');
  const blocks = typeof value === 'string' ? readPem(value) : null;
  const [block, ...others] = blocks ?? [];
  if (block?.label !== 'PUBLIC KEY' || others.length > 0)
    return refuse('publicKey is not one PUBLIC KEY in PEM');
  const key = open(block.bytes);
  // mutant weak-key-in-a-trust-rule by sigstore-signer: remove operand 2
  if (key === null || !isKeyOfSigner(key))
    return refuse('publicKey is not ECDSA on a NIST curve, Ed25519 or RSA of 2048 bits or more');
  const pem = String(value).trim();
  const thumbprint = computeKeyId(key);
  return ok({ kind: 'sigstore-key', key, pem, thumbprint, trustedRoot, logs });
}

function open(der: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

function readIdentitySigner(
  { identity, identityGlob, issuer, claims }: JsonObject,
  trustedRoot: string | null,
  logs: number,
): Result<TrustedIdentityOfRoot> {
  if (trustedRoot === null) return refuse('an identity of sigstore needs a trustedRoot');
  // mutant identity-of-any-issuer by sigstore-signer: condition -> false
  if (typeof issuer !== 'string' || issuer === '')
    return refuse('an identity of sigstore needs the issuer of its token');
  // mutant two-identities-of-one-signer by sigstore-signer: condition -> false
  if ((identity === undefined) === (identityGlob === undefined))
    return refuse('it needs identity or identityGlob, and not both');
  const text = identity ?? identityGlob;
  if (typeof text !== 'string' || text === '' || text.length > 2_048)
    return refuse('its identity is no text');
  // mutant glob-over-hosts by sigstore-signer: condition -> false
  if (identity === undefined && !isNarrow(text))
    return refuse('identityGlob has no *, nothing else, or a * before the path of its URL');
  const wanted = readClaims(claims);
  if (wanted === null) return refuse(`claims is not a map of ${[...CLAIMS.keys()].join(', ')}`);
  const kind = 'sigstore-identity' as const;
  const named =
    identity === undefined
      ? { kind: 'glob' as const, pattern: text }
      : { kind: 'exact' as const, text };
  return ok({ kind, identity: named, issuer, claims: wanted, trustedRoot, logs });
}

/** Whose identities a pattern stands for must be in it: a host, or a domain of addresses. */
function isNarrow(pattern: string): boolean {
  if (!pattern.includes('*') || /^[*/]*$/.test(pattern)) return false;
  if (pattern.includes('://')) return !pattern.split('/').slice(0, 3).join('/').includes('*');
  return !pattern.includes('@') || !pattern.slice(pattern.lastIndexOf('@')).includes('*');
}

function readClaims(value: JsonValue | undefined): ReadonlyMap<string, string> | null {
  if (value === undefined) return new Map();
  if (!isJsonObject(value)) return null;
  const entries = Object.entries(value);
  const claims = new Map<string, string>();
  for (const [name, text] of entries) {
    if (!CLAIMS.has(name) || typeof text !== 'string') return null;
    claims.set(name, text);
  }
  return claims;
}

/** Whether the rule names this signer; the root must vouch for what the rule asks of it. */
export function matchesSigstore(trusted: TrustedSigstoreSigner, signer: SigstoreSigner): boolean {
  const { trustedRoot } = trusted;
  // mutant sigstore-rule-by-another-root by sigstore-signer: condition -> false
  if (trustedRoot !== null && !signer.trustedRoots.includes(trustedRoot)) return false;
  // mutant sigstore-rule-by-fewer-logs by sigstore-signer: condition -> false
  if (trustedRoot !== null && needsLogs(trusted) && signer.logs < trusted.logs) return false;
  if (trusted.kind === 'sigstore-key')
    // mutant sigstore-rule-of-another-key by sigstore-signer: remove operand 2
    return signer.issuer === null && signer.thumbprint === trusted.thumbprint;
  // mutant sigstore-rule-of-another-issuer by sigstore-signer: condition -> false
  if (signer.issuer !== trusted.issuer) return false;
  const { identity } = trusted;
  // mutant sigstore-rule-of-another-identity by sigstore-signer: condition -> false
  if (
    identity.kind === 'exact'
      ? signer.identity !== identity.text
      : !matchesGlob(identity.pattern, signer.identity)
  )
    return false;
  // mutant sigstore-rule-of-other-claims by sigstore-signer: value -> true
  return [...trusted.claims].every(([name, text]) => getOwn(signer.claims, name) === text);
}

/** One log is what the root itself demands, where it has logs at all. */
function needsLogs({ logs }: TrustedSigstoreSigner): boolean {
  return logs > 1;
}

/**
 * Whether the whole text is one of the pattern, in which `*` is any run of characters except `/`
 * (A60).
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const [wanted, given] = [pattern.split('/'), text.split('/')];
  return (
    wanted.length === given.length && wanted.every((part, at) => matchesPart(part, given[at] ?? ''))
  );
}

/** In order, each part between two stars at the first place where it is: no way back is needed. */
function matchesPart(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** As people read it, and the same for the same grant. */
export function formatSigstoreSigner(signer: TrustedSigstoreSigner): string {
  const by = signer.trustedRoot === null ? '' : ` by ${signer.trustedRoot}`;
  if (signer.kind === 'sigstore-key') return `key sha256:${signer.thumbprint}${by}`;
  const { identity, issuer, claims } = signer;
  const name = identity.kind === 'exact' ? identity.text : `all like ${identity.pattern}`;
  const more = [...claims].sort().map(([claim, text]) => `, ${claim} ${text}`);
  return `${name} of ${issuer}${more.join('')}${by}`;
}

/** As a trust document writes it. */
export function toSigstoreDocument(signer: TrustedSigstoreSigner): JsonObject {
  const { trustedRoot, logs } = signer;
  const root = {
    ...(trustedRoot === null ? {} : { trustedRoot }),
    ...(logs === 1 ? {} : { logs }),
  };
  if (signer.kind === 'sigstore-key') return { publicKey: `${signer.pem}\n`, ...root };
  const { identity, issuer, claims } = signer;
  const named =
    identity.kind === 'exact' ? { identity: identity.text } : { identityGlob: identity.pattern };
  const wanted = claims.size === 0 ? {} : { claims: Object.fromEntries(claims) };
  return { ...named, issuer, ...wanted, ...root };
}

function refuse(why: string): Result<never> {
  return fail('TRUST_INVALID', why, 'Correct it: see docs/reference/trust.md.');
}
