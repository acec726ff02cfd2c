import type { createPublicKey } from 'node:crypto';
import { makeReason } from '../../src/capabilities/signing/reason.ts';
import { parseBundle } from '../../src/capabilities/signing/sigstore/bundle.ts';
import { parseTrustedRoot } from '../../src/capabilities/signing/sigstore/trusted-root.ts';
import { verifyBundle } from '../../src/capabilities/signing/sigstore/verify-bundle.ts';
import { toInstant } from '../../src/core/instant.ts';
import { FIXTURE_NOW, fixedKey } from './certificates.ts';
import { type Json, type SignOptions, testInstance } from './sigstore-instance.ts';
import { der } from './timestamps.ts';

export const instance = testInstance('forgeries');
export const other = testInstance('another instance');
export const ARTIFACT = Buffer.from('the artifact');
export const USER_KEY = fixedKey('user');
export const STATEMENT = 'application/vnd.in-toto+json';
export const MINUTE_MS = 60_000;

/** What differs from a bundle that counts. */
export interface BundleCase {
  readonly options?: SignOptions;
  /** Changes the bundle before it is read. */
  readonly bundle?: (bundle: Json) => void;
  /** Changes the trusted root before it is read. */
  readonly root?: (root: Json) => void;
  readonly artifact?: Uint8Array;
  readonly keys?: readonly ReturnType<typeof createPublicKey>[];
  readonly from?: typeof instance;
  readonly now?: number;
}

/** Verifies a bundle of the instance, with these differences. */
export function judge({
  options = {},
  bundle,
  root,
  artifact = ARTIFACT,
  keys = [],
  from,
  now,
}: BundleCase) {
  const made = (from ?? instance).sign(ARTIFACT, options);
  bundle?.(made);
  const read = parseBundle(Buffer.from(JSON.stringify(made)));
  if (!read.ok) return { kind: 'untrusted' as const, signer: null, reasons: [read.reason] };
  const trusted = structuredClone(instance.root);
  root?.(trusted);
  return verifyBundle({
    bundle: read.value,
    format: 'sigstore-bundle',
    artifact,
    checkContent: (content) =>
      content.kind === 'dsse' && !ARTIFACT.equals(content.payload)
        ? [makeReason('target-mismatch', 'another')]
        : [],
    trust: { roots: new Map([['own', parseTrustedRoot(JSON.stringify(trusted))]]), keys },
    now: toInstant(now ?? FIXTURE_NOW + MINUTE_MS),
  });
}

export const code = (result: ReturnType<typeof judge>): string =>
  result.kind === 'untrusted' ? result.reasons[0].code : result.kind;
export const entry = (bundle: Json): Json => bundle.verificationMaterial.tlogEntries[0];
export const makeStamp = (token: Uint8Array): string =>
  der(0x30, der(0x30, der(0x02, Buffer.from([0]))), token).toString('base64');

/** Adds a root to a bundle, of version 0.2, which may have intermediates. */
export function addRoot(bundle: Json): void {
  const material = bundle.verificationMaterial;
  const [, root] = instance.root.certificateAuthorities[0].certChain.certificates;
  bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
  material.x509CertificateChain = { certificates: [material.certificate, root] };
  delete material.certificate;
}
