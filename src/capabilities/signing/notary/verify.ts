import type { Descriptor } from '../../../core/descriptor.ts';
import { Failure } from '../../../core/failure.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Result } from '../../../core/result.ts';
import { accept, type CheckResult, type Reason, type ReasonCode, reject } from '../reason.ts';
import {
  isIdentityTrusted,
  type PolicyStatement,
  selectStatement,
  type TrustPolicy,
} from '../trust/trust-policy.ts';
import { verifyBytes } from '../x509/algorithm.ts';
import type { Certificate } from '../x509/certificate.ts';
import { checkPath, checkValidity, type ValidatedChain } from '../x509/chain.ts';
import { type NotaryEnvelope, readEnvelope, readPayload, type SigningScheme } from './envelope.ts';
import { readSignatureManifest } from './manifest.ts';
import { NOTARY_JWS_TYPE } from './sign.ts';

/**
 * Who signed, as far as the signature itself shows it. In an untrusted result it is a claim and no
 * more.
 */
export interface Signer {
  readonly format: 'notary-jws';
  /** The subject of the leaf, as notation prints it: `CN=release,O=Shop,ST=WA,C=US`. */
  readonly identity: string;
  /** SHA-256 of the leaf, lower-case hex. */
  readonly thumbprint: string;
  /** Of the whole chain, leaf first. */
  readonly thumbprints: readonly string[];
  /** The trust store that vouches for the chain (`ca:acme`), or null. */
  readonly trustStore: string | null;
  /**
   * When the signer says that it signed; only a signing authority's or a timestamp makes it more
   * than its word.
   */
  readonly signedAt: Instant | null;
}

/** What the level asks for and this version does not do: never silently passed over. */
export type UncheckedCheck = 'revocation';

export type SignatureResult =
  | {
      readonly kind: 'trusted';
      readonly signer: Signer;
      /**
       * From when on the answer would be another: expiry of the signature or of a certificate. Null
       * for never.
       */
      readonly validUntil: Instant | null;
      /** `revocation` where a certificate names a service to ask and the policy wants it asked. */
      readonly unchecked: readonly UncheckedCheck[];
    }
  | {
      readonly kind: 'untrusted';
      readonly signer: Signer | null;
      readonly reasons: readonly [Reason, ...Reason[]];
    }
  | { readonly kind: 'undetermined'; readonly cause: Failure };

/**
 * notation's trust policy with the certificates of the named stores; a store that could not be read
 * is a failure.
 */
export interface NotaryTrust {
  readonly policy: TrustPolicy;
  /** By `type:name`: `ca:acme`. */
  readonly stores: ReadonlyMap<string, Result<readonly Certificate[]>>;
}

export interface NotaryVerification {
  /** What was resolved, and must be what was signed (N11). */
  readonly subject: Descriptor;
  /** The signature's manifest, byte for byte. */
  readonly manifest: Uint8Array;
  readonly envelope: Uint8Array;
  /** `registry/repository`, normalised: what a scope of the policy names. */
  readonly scope: string;
  readonly trust: NotaryTrust;
  readonly now: Instant;
  /** Must all stand in the signed annotations (N12). */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Whether a Notary Project signature may count. `trusted` needs every check of the level `strict`
 * enforced and passed: what a level only logs or skips (permissive, audit, skip, an override) is
 * never more than `untrusted` with `policy-not-enforcing`, because a gate may conclude something
 * from trusted evidence alone (foundation 2).
 */
export function verifyNotary(verification: NotaryVerification): SignatureResult {
  const statement = selectStatement(verification.trust.policy, verification.scope);
  if (statement === null)
    return untrusted(null, 'no-policy', `no trust policy applies to ${verification.scope} (N38)`);
  if (statement.level === 'skip') {
    return untrusted(
      null,
      'policy-skips',
      `the trust policy ${statement.name} skips verification: that proves nothing`,
    );
  }
  const stored = readSignatureManifest(
    verification.manifest,
    verification.subject,
    verification.envelope,
  );
  if (!stored.ok) return { kind: 'untrusted', signer: null, reasons: [stored.reason] };
  if (stored.value.envelope.mediaType !== NOTARY_JWS_TYPE) {
    return { kind: 'undetermined', cause: unsupported('signatures in COSE envelopes') };
  }
  const { thumbprints } = stored.value;
  return verifyEnvelope({
    ...verification,
    statement,
    thumbprints,
    checkTarget: (read) => checkTarget(verification, read),
  });
}

/** An envelope wherever it was stored, with the rules that go for it. */
export interface EnvelopeVerification {
  readonly envelope: Uint8Array;
  readonly statement: PolicyStatement;
  /** What the manifest says of the chain (N5); null where nothing does. */
  readonly thumbprints: readonly string[] | null;
  /** Why what was signed is not what it should be. */
  readonly checkTarget: (envelope: NotaryEnvelope) => readonly Reason[];
  readonly trust: NotaryTrust;
  readonly now: Instant;
}

export function verifyEnvelope(verification: EnvelopeVerification): SignatureResult {
  const { statement, thumbprints, trust, now } = verification;
  const read = readEnvelope(verification.envelope);
  if (!read.ok) return { kind: 'untrusted', signer: null, reasons: [read.reason] };
  const integrity = checkIntegrity(read.value, thumbprints);
  if (!integrity.ok) return { kind: 'untrusted', signer: null, reasons: [integrity.reason] };
  const chain = integrity.value;
  const anchor = findAnchor(chain, read.value.scheme, statement, trust);
  if (anchor instanceof Failure) return { kind: 'undetermined', cause: anchor };
  const signer = toSigner(chain, read.value, anchor);
  const [first, ...others] = [
    ...verification.checkTarget(read.value),
    ...checkAuthenticity(statement, signer),
    ...checkTimes(read.value, chain, statement, now),
    ...checkLevel(statement),
  ];
  if (first !== undefined) return { kind: 'untrusted', signer, reasons: [first, ...others] };
  const unchecked =
    chain.revocable && statement.actions.revocation !== 'skip' ? (['revocation'] as const) : [];
  return { kind: 'trusted', signer, validUntil: computeValidUntil(read.value, chain), unchecked };
}

/** The signature is the leaf's, by the leaf's own algorithm, and the chain holds together. */
function checkIntegrity(
  envelope: NotaryEnvelope,
  thumbprints: readonly string[] | null,
): CheckResult<ValidatedChain> {
  const path = checkPath(envelope.chain, 'code-signing');
  if (!path.ok) return reject(path.flaw, path.message);
  const [leaf] = path.chain.certificates;
  if (leaf.algorithm !== envelope.algorithm) {
    return reject(
      'algorithm-mismatch',
      `alg is ${envelope.algorithm} and the key is for ${leaf.algorithm} (N15)`,
    );
  }
  if (
    !verifyBytes(envelope.algorithm, leaf.publicKey, envelope.signed, envelope.signature, 'jose')
  ) {
    return reject('signature-mismatch', `the signature is not by the key of ${leaf.subjectText}`);
  }
  const actual = path.chain.certificates.map((certificate) => certificate.thumbprint);
  const named = thumbprints ?? actual;
  if (
    named.length !== actual.length ||
    named.some((thumbprint, index) => thumbprint !== actual[index])
  ) {
    return reject(
      'thumbprint-mismatch',
      'the thumbprints in the manifest are not those of the chain (N5)',
    );
  }
  return accept(path.chain);
}

/**
 * N35, N36: the listed store, of the scheme's type, that holds a certificate of the chain, byte for
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
    if (store === undefined) return reportMissingStore(name);
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
  envelope: NotaryEnvelope,
  trustStore: string | null,
): Signer {
  const [leaf] = chain.certificates;
  return {
    format: 'notary-jws',
    identity: leaf.subjectText,
    thumbprint: leaf.thumbprint,
    thumbprints: chain.certificates.map((certificate) => certificate.thumbprint),
    trustStore,
    signedAt: envelope.signedAt,
  };
}

/** N11, N12. */
function checkTarget(
  { subject, metadata = {} }: NotaryVerification,
  envelope: NotaryEnvelope,
): readonly Reason[] {
  const payload = readPayload(envelope.payload);
  if (!payload.ok) return [payload.reason];
  const { mediaType, digest, size, annotations = {} } = payload.value;
  if (mediaType !== subject.mediaType || digest !== subject.digest || size !== subject.size) {
    return [
      makeReason(
        'target-mismatch',
        `what was signed is ${digest}, not ${subject.digest}, or its type or size differs`,
      ),
    ];
  }
  return checkMetadata(annotations, metadata);
}

/** N12: what is required must stand there; more may. */
export function checkMetadata(
  annotations: Readonly<Record<string, string>>,
  required: Readonly<Record<string, string>>,
): readonly Reason[] {
  const lacking = Object.keys(required).find(
    (key) => !Object.hasOwn(annotations, key) || annotations[key] !== required[key],
  );
  return lacking === undefined
    ? []
    : [makeReason('metadata-mismatch', `the signed metadata lacks ${lacking} as required`)];
}

function checkAuthenticity(statement: PolicyStatement, signer: Signer): readonly Reason[] {
  const stores = statement.trustStores.join(', ');
  return [
    ...(signer.trustStore === null
      ? [makeReason('not-in-trust-store', `no certificate of ${signer.identity} is in ${stores}`)]
      : []),
    ...(isIdentityTrusted(statement, signer.identity)
      ? []
      : [
          makeReason(
            'identity-not-trusted',
            `the trust policy ${statement.name} does not name ${signer.identity}`,
          ),
        ]),
  ];
}

/**
 * N27, N46, A34. Timestamps are not verified by this version, so an expired chain stays expired.
 */
function checkTimes(
  envelope: NotaryEnvelope,
  chain: ValidatedChain,
  statement: PolicyStatement,
  now: Instant,
): readonly Reason[] {
  const reasons: Reason[] = [];
  const { expiresAt, signedAt, scheme } = envelope;
  if (expiresAt !== null && now >= expiresAt) {
    reasons.push(
      makeReason('signature-expired', `the signature expired at ${formatInstant(expiresAt)}`),
    );
  }
  if (signedAt > now + LIMITS.clockSkewMs) {
    reasons.push(
      makeReason(
        'signing-time',
        `it says that it was signed at ${formatInstant(signedAt)}, in the future`,
      ),
    );
  }
  const invalid = checkValidity(chain, scheme === 'notary.x509' ? now : signedAt);
  if (invalid !== null) reasons.push(makeReason(invalid.flaw, invalid.message));
  const needsTimestamp =
    scheme === 'notary.x509' && statement.trustStores.some((store) => store.startsWith('tsa:'));
  if (needsTimestamp && (statement.verifyTimestamp === 'always' || invalid !== null)) {
    const has = envelope.hasTimestamp
      ? 'there is one, which this version cannot verify'
      : 'there is none';
    reasons.push(
      makeReason(
        'timestamp-unverified',
        `the trust policy ${statement.name} asks for a timestamp: ${has}`,
      ),
    );
  }
  return reasons;
}

/**
 * Only a policy that enforces all of authenticity, timestamp and expiry can make a signature count.
 */
function checkLevel({ name, actions }: PolicyStatement): readonly Reason[] {
  const logged = (['authenticity', 'authenticTimestamp', 'expiry'] as const).filter(
    (check) => actions[check] !== 'enforce',
  );
  if (logged.length === 0) return [];
  return [
    makeReason(
      'policy-not-enforcing',
      `the trust policy ${name} does not enforce ${logged.join(', ')}`,
    ),
  ];
}

function computeValidUntil(envelope: NotaryEnvelope, chain: ValidatedChain): Instant | null {
  const ends = [
    ...(envelope.expiresAt === null ? [] : [envelope.expiresAt]),
    ...(envelope.scheme === 'notary.x509' ? [chain.validUntil] : []),
  ];
  return ends.length === 0 ? null : (Math.min(...ends) as Instant);
}

function unsupported(what: string): Failure {
  return new Failure(
    'UNSUPPORTED',
    `${what} are not read by this version`,
    'Sign with a JWS envelope as well.',
  );
}

export function untrusted(
  signer: Signer | null,
  code: ReasonCode,
  message: string,
): SignatureResult {
  return { kind: 'untrusted', signer, reasons: [{ code, message }] };
}

export function makeReason(code: ReasonCode, message: string): Reason {
  return { code, message };
}
