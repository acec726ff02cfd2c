import { createPublicKey } from 'node:crypto';
import {
  COSIGN_SIGN_TYPE,
  encodeStatement,
  IN_TOTO_TYPE,
} from '../../src/capabilities/attestation/index.ts';
import {
  buildArtifact,
  buildImageManifest,
  EMPTY_CONTENT,
  formatReferrersTag,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import {
  BUNDLE_TYPE,
  COSIGN_ANNOTATIONS,
  DSSE_LAYER_TYPE,
  encodeSimpleSigning,
  parseTrust,
  parseTrustedRoot,
  SIMPLE_SIGNING_TYPE,
} from '../../src/capabilities/signing/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import type { TrustMaterial } from '../../src/gates/image-evidence/index.ts';
import { fixedKey } from './certificates.ts';
import { type MemoryRegistry, type WorldKeys, worldTrust } from './evidence-world.ts';
import { type SignOptions, TEST_IDENTITY, TEST_ISSUER, testInstance } from './sigstore-instance.ts';

export const instance = testInstance('images');
export const USER_KEY = fixedKey('image user');
const PEM = createPublicKey(USER_KEY).export({ format: 'pem', type: 'spki' }).toString();
export const REPOSITORY = 'registry.example.com/shop/trips';

/** Everybody whom the tests know: a key of Notary Project, an identity, and a public key. */
export function trustAll(
  keys: WorldKeys,
  statements: readonly string[] = ['image'],
): TrustMaterial {
  const text = JSON.stringify({
    apiVersion: 'waybill.dev/v1',
    kind: 'Trust',
    metadata: { name: 'shop', revision: 1 },
    rules: [
      {
        id: 'shop',
        repositories: ['registry.example.com/shop/*'],
        statements,
        signers: [
          { identity: 'CN=release,O=Shop,ST=WA,C=US', trustStore: 'ca:shop' },
          { identity: TEST_IDENTITY, issuer: TEST_ISSUER, trustedRoot: 'own' },
          { publicKey: PEM },
        ],
      },
    ],
  });
  const root = parseTrustedRoot(JSON.stringify(instance.root));
  const sigstore = { roots: new Map([['own', root]]), keys: [createPublicKey(USER_KEY)] };
  return { ...worldTrust(keys), document: orThrow(parseTrust(text)), sigstore };
}

export interface BundleChange {
  readonly about?: Digest;
  readonly predicateType?: string;
  /** A text only where cosign writes one. */
  readonly predicate?: JsonObject | string;
  readonly payloadType?: string;
  readonly options?: SignOptions;
  /** What the manifest says that it is about. */
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly change?: (bundle: { mediaType: string }) => void;
  /** How often the bundle is in its manifest; absent: once. */
  readonly layers?: number;
}

/** As cosign 3 attaches it (S1, S2). */
export function attachBundle(
  registry: MemoryRegistry,
  image: Descriptor,
  attached: BundleChange = {},
): void {
  const payloadType = attached.payloadType ?? IN_TOTO_TYPE;
  const statement = encodeAbout(image, attached);
  const bundle = instance.sign(statement, { payloadType, ...attached.options });
  attached.change?.(bundle);
  attachBytes(registry, image, Buffer.from(JSON.stringify(bundle)), attached);
}

function encodeAbout(image: Descriptor, attached: BundleChange): Uint8Array {
  const { about = image.digest, predicateType = COSIGN_SIGN_TYPE, predicate = {} } = attached;
  const digest = { sha256: about.slice('sha256:'.length) };
  const whole = predicate as JsonObject;
  return encodeStatement({ subjects: [{ name: null, digest }], predicateType, predicate: whole });
}

export function attachBytes(
  registry: MemoryRegistry,
  image: Descriptor,
  bytes: Uint8Array,
  { subject = image, artifactType = BUNDLE_TYPE, layers: times = 1 }: BundleChange = {},
): void {
  const blob = toContent(artifactType, bytes);
  const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope' };
  const layers = Array.from({ length: times }, () => blob.descriptor);
  const manifest = buildArtifact({ artifactType, subject, layers, annotations });
  const blobs = [EMPTY_CONTENT, blob];
  registry.addArtifact({ kind: 'attached', subject: image.digest, blobs, manifest });
}

/** As older releases of cosign keep signatures (S4). */
export function tagSignatures(
  registry: MemoryRegistry,
  image: Descriptor,
  signed: readonly Digest[] = [image.digest],
): void {
  const layers = signed.map((digest) => {
    const text = encodeSimpleSigning(digest, REPOSITORY);
    const { messageSignature } = instance.sign(text, { key: USER_KEY, log: 'none' });
    const annotations = { [COSIGN_ANNOTATIONS.signature]: messageSignature.signature };
    return { ...registry.add(toContent(SIMPLE_SIGNING_TYPE, text)), annotations };
  });
  tagLayers(registry, image, '.sig', layers);
}

/** As they keep attestations by a key (S6). */
export function tagAttestations(
  registry: MemoryRegistry,
  image: Descriptor,
  attached: readonly BundleChange[],
): void {
  const layers = attached.map((one) => {
    const statement = encodeAbout(image, one);
    const options = { key: USER_KEY, log: 'none' as const, payloadType: IN_TOTO_TYPE };
    const { dsseEnvelope } = instance.sign(statement, { ...options, ...one.options });
    const annotations = { [COSIGN_ANNOTATIONS.signature]: '' };
    const bytes = Buffer.from(JSON.stringify(dsseEnvelope));
    return { ...registry.add(toContent(DSSE_LAYER_TYPE, bytes)), annotations };
  });
  tagLayers(registry, image, '.att', layers);
}

function tagLayers(
  registry: MemoryRegistry,
  image: Descriptor,
  suffix: string,
  layers: readonly Descriptor[],
): void {
  const config = registry.add(
    toContent('application/vnd.oci.image.config.v1+json', Buffer.from('{}')),
  );
  const manifest = registry.add(buildImageManifest({ config, layers }));
  registry.tags.set(`${formatReferrersTag(image.digest)}${suffix}`, manifest);
}
