import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { NotarySigner, Signer } from '../signer.ts';
import { identifyKey } from '../x509/certificate-key.ts';
import type { ValidatedChain } from '../x509/chain.ts';
import type { OwnRevocation, TrustDocument } from './trust-rule.ts';

const HEX = /^[0-9a-f]{64}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const REASON_MAX = 200;
const REVOKED_MAX = 10_000;

/**
 * The entries of `revoked` in a trust document: each names one thing that no longer counts, and may
 * say why. An entry that names nothing, or that cannot be read, is an error: it must not be thought
 * to protect.
 */
export function readRevocations(value: JsonValue | undefined): Result<readonly OwnRevocation[]> {
  if (value === undefined) return ok([]);
  if (!Array.isArray(value) || value.length === 0 || value.length > REVOKED_MAX)
    return refuse(`revoked is not a list of 1 to ${REVOKED_MAX} entries`);
  const revoked: OwnRevocation[] = [];
  for (const item of value as readonly JsonValue[]) {
    const one = readRevocation(item);
    if (!one.ok) return one;
    if (revoked.some(({ kind, value: own }) => kind === one.value.kind && own === one.value.value))
      return refuse(`revoked names ${one.value.value} twice`);
    revoked.push(one.value);
  }
  return ok(revoked);
}

function readRevocation(item: JsonValue): Result<OwnRevocation> {
  if (!isJsonObject(item)) return refuse('an entry of revoked is not a map');
  const { thumbprint, key, digest, reason, ...others } = item;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return refuse(
      `an entry of revoked has the unknown key ${JSON.stringify(unknown.slice(0, 80))}`,
    );
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > REASON_MAX))
    return refuse(`a reason in revoked is no text of at most ${REASON_MAX} characters`);
  const why = typeof reason === 'string' ? toOneLine(reason) : null;
  const named = [
    ...readOne('certificate', thumbprint, HEX),
    ...readOne('key', key, HEX),
    ...readOne('digest', digest, DIGEST),
  ];
  const [only] = named;
  const given = [thumbprint, key, digest].filter((one) => one !== undefined).length;
  if (only === undefined || given !== 1)
    return refuse(
      'an entry of revoked needs one of thumbprint or key (64 lower-case hex digits) or digest ' +
        '(sha256: and 64 digits), as text',
    );
  return ok({ ...only, reason: why });
}

function readOne(kind: OwnRevocation['kind'], value: JsonValue | undefined, form: RegExp) {
  return typeof value === 'string' && form.test(value) ? [{ kind, value }] : [];
}

/**
 * The entry by which a signature no longer counts: one names a certificate of its chain, the key of
 * one, what it signs, or the signature itself. Null where none does.
 */
export function findOwnRevocation(
  { revoked }: Pick<TrustDocument, 'revoked'>,
  { signer, digests }: { readonly signer: Signer; readonly digests: readonly string[] },
): OwnRevocation | null {
  return revoked.length === 0 ? null : findNamed(revoked, { ...listNames(signer), digests });
}

/** The entry that names a certificate of a chain, or the key of one; null where none does. */
export function findRevokedChain(
  { revoked }: Pick<TrustDocument, 'revoked'>,
  { certificates }: Pick<ValidatedChain, 'certificates'>,
): OwnRevocation | null {
  const thumbprints = certificates.map(({ thumbprint }) => thumbprint);
  return findNamed(revoked, { thumbprints, keys: certificates.map(identifyKey), digests: [] });
}

interface RevocableNames extends Pick<NotarySigner, 'thumbprints' | 'keys'> {
  readonly digests: readonly string[];
}

function findNamed(
  revoked: readonly OwnRevocation[],
  { thumbprints, keys, digests }: RevocableNames,
): OwnRevocation | null {
  const names: Readonly<Record<OwnRevocation['kind'], ReadonlySet<string>>> = {
    certificate: new Set(thumbprints),
    key: new Set(keys),
    digest: new Set(digests),
  };
  return revoked.find(({ kind, value }) => names[kind].has(value)) ?? null;
}

/** Of a key of sigstore the thumbprint is that of the key; commits have a list of their own. */
function listNames(signer: Signer): Pick<NotarySigner, 'thumbprints' | 'keys'> {
  switch (signer.format) {
    case 'notary-jws':
    case 'notary-cose':
      return signer;
    case 'sigstore-bundle':
    case 'cosign-legacy':
      // A key has no issuer of tokens.
      return signer.issuer === null
        ? { thumbprints: [], keys: [signer.thumbprint] }
        : { thumbprints: [signer.thumbprint], keys: [] };
    case 'ssh':
      return { thumbprints: [], keys: [] };
  }
}

/** @example explainOwnRevocation({ kind: 'key', value, reason: 'lost' }) */
export function explainOwnRevocation({ kind, value, reason }: OwnRevocation): string {
  const why = reason === null ? '' : `: ${reason}`;
  return `the trust document revokes the ${kind} ${value}${why}`;
}

function refuse(why: string): Result<never> {
  return fail(
    'TRUST_INVALID',
    `the trust document is invalid: ${why}`,
    'Correct it: see docs/reference/trust.md.',
  );
}
