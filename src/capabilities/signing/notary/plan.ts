import { Failure } from '../../../core/failure.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Result } from '../../../core/result.ts';
import { type CheckResult, makeReason, type Reason, reject } from '../reason.ts';
import { NOTHING_STAPLED } from '../revocation/check-chain.ts';
import { findEnd, type SignatureEnds, type SignatureResult } from '../signature-result.ts';
import type { NotarySigner } from '../signer.ts';
import { type AuthenticTime, verifyTimestamp } from '../timestamps/verify-token.ts';
import {
  formatIdentity,
  isIdentityTrusted,
  type PolicyAction,
  type PolicyStatement,
  type TrustPolicy,
} from '../trust/trust-policy.ts';
import type { Certificate } from '../x509/certificate.ts';
import { identifyKey } from '../x509/certificate-key.ts';
import { checkValidity, type ValidatedChain } from '../x509/chain.ts';
import {
  type EnvelopeForm,
  type NotaryEnvelope,
  type RequiredPlugin,
  readEnvelope,
  type SigningScheme,
} from './envelope.ts';
import { checkIntegrity } from './integrity.ts';
import type { PluginQuery } from './plugin-query.ts';
import type { VerificationQuery } from './port.ts';

/**
 * notation's trust policy with the certificates of the named stores; a store that could not be read
 * is a failure.
 */
export interface NotaryTrust {
  readonly policy: TrustPolicy;
  /** By `type:name`: `ca:acme`. */
  readonly stores: ReadonlyMap<string, Result<readonly Certificate[]>>;
}

/** An envelope from any place, with the rules that apply to it. */
export interface EnvelopeVerification {
  readonly envelope: Uint8Array;
  readonly form: EnvelopeForm;
  readonly statement: PolicyStatement;
  /** What the manifest says about the chain (N5); null when there is no such claim. */
  readonly thumbprints: readonly string[] | null;
  /** Why the signed content is not the expected one. */
  readonly checkTarget: (envelope: NotaryEnvelope) => readonly Reason[];
  readonly trust: NotaryTrust;
  readonly now: Instant;
}

/**
 * What the local documents say about a signature. `open` means that nothing in them is against it:
 * the verdict follows when `queries` are answered. A signature that cannot count makes no queries,
 * so that an unknown certificate never chooses a server for us.
 */
export type VerificationPlan =
  | { readonly kind: 'decided'; readonly result: SignatureResult<NotarySigner> }
  | {
      readonly kind: 'open';
      readonly signer: NotarySigner;
      /** As in `SignatureResult`, from the documents alone. */
      readonly validUntil: Instant | null;
      /** As in `SignatureResult`. */
      readonly ends: SignatureEnds;
      /** What the policy does when the revocation is unknown. */
      readonly revocation: PolicyAction;
      /** Empty when no query is needed. */
      readonly queries: readonly VerificationQuery[];
      /** The plugin that must be asked first; null for none. */
      readonly plugin: {
        readonly query: PluginQuery;
        /** Our own verdict on the identity, where the plugin leaves it to us; null: trusted. */
        readonly distrust: SignatureResult<NotarySigner> | null;
      } | null;
    };

/** All checks that need nothing from outside, for an envelope from any place. */
export function planEnvelope(verification: EnvelopeVerification): VerificationPlan {
  const { statement, thumbprints, trust } = verification;
  const read = readEnvelope(verification.envelope, verification.form);
  if (!read.ok) return planRefusal(null, [read.reason]);
  const integrity = checkIntegrity(read.value, thumbprints);
  if (!integrity.ok) return planRefusal(null, [integrity.reason]);
  const chain = integrity.value;
  const anchor = findAnchor(chain, read.value.scheme, statement, trust);
  if (anchor instanceof Failure)
    return { kind: 'decided', result: { kind: 'undetermined', cause: anchor } };
  const signer = toSigner(chain, read.value.signedAt, { form: verification.form, anchor });
  const times = checkTimes(read.value, chain, verification);
  if (times instanceof Failure)
    return { kind: 'decided', result: { kind: 'undetermined', cause: times } };
  const distrust = checkIdentity(statement, signer);
  const { plugin } = read.value;
  const [first, ...others] = [
    ...verification.checkTarget(read.value),
    ...checkAnchor(statement, signer),
    // A plugin may know identities that only its own trust policies name.
    // mutant identity-without-its-plugin by plugin, verify: condition -> false
    ...(plugin === null ? distrust : []),
    ...times.reasons,
    ...checkLevel(statement),
  ];
  if (first !== undefined) return planRefusal(signer, [first, ...others]);
  const { revocation } = statement.actions;
  const signedBy = findSignedBy(read.value, times.authentic);
  const ends = findEnds(read.value, chain, times.authentic);
  const isKept = ends.chain !== null && isKeptByTimestamp(read.value, chain, verification);
  return {
    kind: 'open',
    signer: signedBy === null ? signer : { ...signer, signedBy },
    validUntil: findEnd(ends),
    // mutant timestamp-that-keeps-later by timestamp: condition -> false
    ends: isKept ? { ...ends, chain: null } : ends,
    revocation,
    // mutant revocation-is-asked-as-the-policy-says: condition -> false
    queries: revocation === 'skip' ? [] : listQueries(read.value, chain, times.authentic),
    plugin: plugin === null ? null : planPlugin(read.value, plugin, { chain, statement, signer }),
  };
}

function planPlugin(
  { scheme, signedAt, expiresAt }: NotaryEnvelope,
  plugin: RequiredPlugin,
  { chain, statement, signer }: SignerInPolicy,
): Extract<VerificationPlan, { kind: 'open' }>['plugin'] {
  const [distrust] = checkIdentity(statement, signer);
  const query = {
    ...{ ...plugin, scheme, expiresAt, chain },
    authenticAt: scheme === 'notary.x509' ? null : signedAt,
    identities: statement.identities.map(formatIdentity),
    revocation: statement.actions.revocation !== 'skip',
  };
  if (distrust === undefined) return { query, distrust: null };
  return { query, distrust: { kind: 'untrusted', signer, reasons: [distrust] } };
}

interface SignerInPolicy {
  readonly chain: ValidatedChain;
  readonly statement: PolicyStatement;
  readonly signer: NotarySigner;
}

/**
 * Both chains are asked about. Who stamped may have stamped a wrong time since its key was stolen,
 * so its own time excuses nothing.
 */
function listQueries(
  envelope: NotaryEnvelope,
  chain: ValidatedChain,
  authentic: AuthenticTime | null,
): readonly VerificationQuery[] {
  const usedBy = findSignedBy(envelope, authentic);
  const all: readonly VerificationQuery[] = [
    { kind: 'revocation', chain, usedBy, stapled: NOTHING_STAPLED },
    ...(authentic === null
      ? []
      : [
          {
            kind: 'revocation' as const,
            chain: authentic.chain,
            usedBy: null,
            stapled: authentic.stapled,
          },
        ]),
  ];
  return all.filter((query) => query.chain.revocable);
}

/** When it was signed at the latest, as others vouch; null where only the signer says it. */
function findSignedBy(
  { scheme, signedAt }: NotaryEnvelope,
  authentic: AuthenticTime | null,
): Instant | null {
  return authentic?.latest ?? (scheme === 'notary.x509' ? null : signedAt);
}

/** A plan without queries: these are the reasons why the signature does not count. */
export function planRefusal(
  signer: NotarySigner | null,
  reasons: readonly [Reason, ...Reason[]],
): VerificationPlan {
  return { kind: 'decided', result: { kind: 'untrusted', signer, reasons } };
}

/** A statement of the level `skip` proves nothing, so no signature counts under it. */
export function planSkipped({ name }: PolicyStatement): VerificationPlan {
  const why = `the trust policy ${name} skips verification: that proves nothing`;
  return planRefusal(null, [makeReason('policy-skips', why)]);
}

/**
 * N35, N36: the listed store of the scheme's type that has a certificate of the chain, byte for
 * byte.
 */
function findAnchor(
  chain: ValidatedChain,
  scheme: SigningScheme,
  statement: PolicyStatement,
  trust: NotaryTrust,
): string | null | Failure {
  const type = scheme === 'notary.x509' ? 'ca:' : 'signingAuthority:';
  const thumbprints = new Set(chain.certificates.map((certificate) => certificate.thumbprint));
  let anchor: string | null = null;
  for (const name of statement.trustStores.filter((store) => store.startsWith(type))) {
    const store = trust.stores.get(name);
    // mutant missing-trust-store: branch -> continue;
    if (store === undefined) return reportMissingStore(name);
    // mutant unreadable-trust-store: branch -> continue;
    if (!store.ok) return store.failure;
    if (store.value.some((certificate) => thumbprints.has(certificate.thumbprint))) anchor ??= name;
  }
  return anchor;
}

function reportMissingStore(name: string): Failure {
  const path = `truststore/x509/${name.replace(':', '/')}`;
  return new Failure(
    'TRUST_INVALID',
    `the trust store ${name} does not exist`,
    `Put its certificates in ${path}/.`,
  );
}

function toSigner(
  chain: ValidatedChain,
  signedAt: Instant,
  { form, anchor }: { readonly form: EnvelopeForm; readonly anchor: string | null },
): NotarySigner {
  const [leaf] = chain.certificates;
  return {
    format: `notary-${form}`,
    identity: leaf.subjectText,
    thumbprint: leaf.thumbprint,
    thumbprints: chain.certificates.map((certificate) => certificate.thumbprint),
    keys: chain.certificates.map(identifyKey),
    trustStore: anchor,
    signedAt,
  };
}

function checkAnchor(statement: PolicyStatement, signer: NotarySigner): readonly Reason[] {
  // mutant signer-outside-trust-store: condition -> true
  if (signer.trustStore !== null) return [];
  const stores = statement.trustStores.filter((store) => !isAuthorityStore(store)).join(', ');
  return [makeReason('not-in-trust-store', `no certificate of ${signer.identity} is in ${stores}`)];
}

function checkIdentity(statement: PolicyStatement, { identity }: NotarySigner): readonly Reason[] {
  // mutant signer-not-in-trust-policy: condition -> true
  if (isIdentityTrusted(statement, identity)) return [];
  const why = `the trust policy ${statement.name} does not name ${identity}`;
  return [makeReason('identity-not-trusted', why)];
}

interface TimeCheck {
  readonly reasons: readonly Reason[];
  /** Set where a timestamp was needed, and is right. */
  readonly authentic: AuthenticTime | null;
}

/** N27, N46, A34. A failure where it cannot be known which timestamp authorities are trusted. */
function checkTimes(
  envelope: NotaryEnvelope,
  chain: ValidatedChain,
  { statement, trust, now }: EnvelopeVerification,
): TimeCheck | Failure {
  const reasons: Reason[] = [];
  const { expiresAt, signedAt, scheme } = envelope;
  // mutant signature-at-its-expiry: operand 2 -> $operand > $operand2
  if (expiresAt !== null && now >= expiresAt) {
    reasons.push(
      makeReason('signature-expired', `the signature expired at ${formatInstant(expiresAt)}`),
    );
  }
  // mutant signing-time-in-the-future: remove
  if (signedAt > now + LIMITS.clockSkewMs) {
    reasons.push(
      makeReason('signing-time', `its signing time, ${formatInstant(signedAt)}, is in the future`),
    );
  }
  const invalid = checkValidity(chain, scheme === 'notary.x509' ? now : signedAt);
  const stores = statement.trustStores.filter(isAuthorityStore);
  const needsTimestamp =
    scheme === 'notary.x509' &&
    stores.length > 0 &&
    (statement.verifyTimestamp === 'always' || invalid !== null);
  // mutant timestamp-required: condition -> false
  if (needsTimestamp) {
    const stamped = checkTimestamp(envelope, chain, { stores, trust, now });
    if (stamped instanceof Failure) return stamped;
    if (stamped.ok) return { reasons, authentic: stamped.value };
    reasons.push(stamped.reason);
  }
  // mutant certificate-outside-validity: remove
  if (invalid !== null) reasons.push(makeReason(invalid.flaw, invalid.message));
  return { reasons, authentic: null };
}

/** Of timestamp authorities. */
const isAuthorityStore = (store: string): boolean => store.startsWith('tsa:');

/** Whether a timestamp, which is not needed yet, will count when the chain has ended (N46). */
function isKeptByTimestamp(
  envelope: NotaryEnvelope,
  chain: ValidatedChain,
  { statement, trust, now }: EnvelopeVerification,
): boolean {
  const stores = statement.trustStores.filter(isAuthorityStore);
  if (envelope.timestamp === null || stores.length === 0) return false;
  const stamped = checkTimestamp(envelope, chain, { stores, trust, now });
  return !(stamped instanceof Failure) && stamped.ok;
}

interface TimestampTrust {
  /** The stores of timestamp authorities that the statement names. */
  readonly stores: readonly string[];
  readonly trust: NotaryTrust;
  readonly now: Instant;
}

/** N47: within its accuracy, the time is inside the validity of every certificate of the chain. */
function checkTimestamp(
  { timestamp, signature }: NotaryEnvelope,
  chain: ValidatedChain,
  { stores, trust, now }: TimestampTrust,
): CheckResult<AuthenticTime> | Failure {
  const roots: Certificate[] = [];
  for (const name of stores) {
    const store = trust.stores.get(name);
    // mutant missing-timestamp-store by timestamp: branch -> continue;
    if (store === undefined) return reportMissingStore(name);
    if (!store.ok) return store.failure;
    roots.push(...store.value);
  }
  if (timestamp === null)
    return reject('timestamp-unverified', 'the trust policy requires a timestamp: it has none');
  const verified = verifyTimestamp(timestamp, signature, roots);
  if (!verified.ok) return verified;
  const { earliest, latest } = verified.value;
  // mutant timestamp-in-the-future by timestamp: condition -> false
  if (earliest > now + LIMITS.clockSkewMs)
    return reject('timestamp-unverified', `its timestamp, ${formatInstant(earliest)}, is ahead`);
  // mutant timestamp-outside-the-chain by timestamp: value -> null
  const invalid = checkValidity(chain, earliest) ?? checkValidity(chain, latest);
  return invalid === null ? verified : reject(invalid.flaw, `${invalid.message} (timestamp)`);
}

/** Only a policy that enforces authenticity, timestamp and expiry can make a signature count. */
function checkLevel({ name, actions }: PolicyStatement): readonly Reason[] {
  const logged = (['authenticity', 'authenticTimestamp', 'expiry'] as const).filter(
    (check) => actions[check] !== 'enforce',
  );
  // mutant policy-that-only-logs: condition -> true
  if (logged.length === 0) return [];
  return [
    makeReason(
      'policy-not-enforcing',
      `the trust policy ${name} does not enforce ${logged.join(', ')}`,
    ),
  ];
}

/** Once a timestamp shows when it was signed, the end of the chain ends nothing. */
function findEnds(
  { scheme, expiresAt }: NotaryEnvelope,
  chain: ValidatedChain,
  authentic: AuthenticTime | null,
): SignatureEnds {
  // mutant timestamped-signature-ends-with-its-chain by timestamp: remove operand 2
  const isBound = scheme === 'notary.x509' && authentic === null;
  return { chain: isBound ? chain.validUntil : null, expiry: expiresAt };
}
