import { createHash } from 'node:crypto';
import {
  buildNotarySignatureArtifact,
  type NotaryTrust,
  type NotaryVerification,
  parseCertificates,
  parseTrustPolicy,
} from '../../src/capabilities/signing/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { sha256 } from '../../src/core/digest.ts';
import { formatInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { FIXTURE_NOW, type TestKey } from './certificates.ts';

export const SUBJECT: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256('an image'),
  size: 8,
};
export const SCOPE = 'registry.example.com/shop/trips';

/** An envelope with one fault. Everything that is not given is correct. */
export interface Forgery {
  /** Members to add to the protected header; undefined removes a member. */
  readonly protect?: Readonly<Record<string, unknown>>;
  readonly protectedText?: (json: string) => string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: string;
  readonly chain?: readonly Uint8Array[];
  readonly envelope?: (envelope: Record<string, unknown>) => unknown;
  readonly signature?: (signature: Uint8Array) => Uint8Array;
}

/** A Notary JWS that is correct except for `forgery`. It is still signed by `key`. */
export async function forgeEnvelope(key: TestKey, forgery: Forgery = {}): Promise<Uint8Array> {
  const head = {
    alg: key.algorithm,
    crit: ['io.cncf.notary.signingScheme'],
    cty: 'application/vnd.cncf.notary.payload.v1+json',
    'io.cncf.notary.signingScheme': 'notary.x509',
    'io.cncf.notary.signingTime': formatInstant(FIXTURE_NOW),
    ...forgery.protect,
  };
  const text = forgery.protectedText?.(JSON.stringify(head)) ?? JSON.stringify(head);
  const payloadText = forgery.payload ?? JSON.stringify({ targetArtifact: SUBJECT });
  const [protectedPart, payload] = [text, payloadText].map((part) =>
    Buffer.from(part).toString('base64url'),
  );
  const raw = await key.sign(Buffer.from(`${protectedPart}.${payload}`));
  const envelope = {
    payload,
    protected: protectedPart,
    header: {
      x5c: (forgery.chain ?? key.chain).map((der) => Buffer.from(der).toString('base64')),
      'io.cncf.notary.signingAgent': 'a test',
      ...forgery.header,
    },
    signature: Buffer.from(forgery.signature?.(raw) ?? raw).toString('base64url'),
  };
  const made = forgery.envelope?.(envelope) ?? envelope;
  return Buffer.from(typeof made === 'string' ? made : JSON.stringify(made));
}

export interface PolicyChange {
  readonly level?: string;
  readonly override?: Readonly<Record<string, string>>;
  readonly verifyTimestamp?: string;
  readonly trustStores?: readonly string[];
  readonly trustedIdentities?: readonly string[];
  readonly registryScopes?: readonly string[];
}

/**
 * A strict policy for every scope, and one store `ca:acme` with the key's root. `change` modifies
 * it.
 */
export function trustIn(
  rootPem: string,
  change: PolicyChange = {},
  stores: Readonly<Record<string, string>> = {},
): NotaryTrust {
  const {
    level = 'strict',
    override,
    verifyTimestamp,
    trustStores = ['ca:acme'],
    ...rest
  } = change;
  const statement = {
    name: 'test',
    registryScopes: ['*'],
    signatureVerification: {
      level,
      ...(override === undefined ? {} : { override }),
      ...(verifyTimestamp === undefined ? {} : { verifyTimestamp }),
    },
    ...(level === 'skip' ? {} : { trustStores, trustedIdentities: ['*'] }),
    ...rest,
  };
  const policy = orThrow(
    parseTrustPolicy(JSON.stringify({ version: '1.0', trustPolicies: [statement] })),
  );
  const all = { 'ca:acme': rootPem, ...stores };
  return {
    policy,
    stores: new Map(
      Object.entries(all).map(([name, pem]) => [name, parseCertificates(Buffer.from(pem))]),
    ),
  };
}

/**
 * The question about an envelope that is stored correctly, about `SUBJECT`, at the clock of
 * fixtures.
 */
export function questionAbout(
  envelope: Uint8Array,
  trust: NotaryTrust,
  change: Partial<NotaryVerification> & { readonly chain?: readonly Uint8Array[] } = {},
): NotaryVerification {
  const { chain, ...rest } = change;
  const parts = {
    subject: rest.subject ?? SUBJECT,
    envelope,
    createdAt: FIXTURE_NOW,
  };
  const manifest = buildNotarySignatureArtifact(parts).manifest.bytes;
  return {
    subject: SUBJECT,
    manifest: withThumbprints(manifest, chain),
    envelope,
    scope: SCOPE,
    trust,
    now: FIXTURE_NOW,
    ...rest,
  };
}

/** The manifest with the thumbprints of this chain, which need not be the signed one. */
function withThumbprints(manifest: Uint8Array, chain: readonly Uint8Array[] | undefined) {
  const { annotations: _, ...rest } = JSON.parse(Buffer.from(manifest).toString()) as Record<
    string,
    unknown
  >;
  const named = chain?.map((der) => createHash('sha256').update(der).digest('hex'));
  const name = 'io.cncf.notary.x509chain.thumbprint#S256';
  const annotations = named === undefined ? {} : { annotations: { [name]: JSON.stringify(named) } };
  return Buffer.from(JSON.stringify({ ...rest, ...annotations }));
}
