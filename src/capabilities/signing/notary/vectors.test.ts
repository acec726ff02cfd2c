import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testKey } from '../../../../test/support/certificates.ts';
import { forgeEnvelope, questionAbout, trustIn } from '../../../../test/support/notary.ts';
import { testData } from '../../../../test/support/test-data.ts';
import { type Descriptor, parseDescriptor } from '../../../core/descriptor.ts';
import { toInstant } from '../../../core/instant.ts';
import type { JsonValue } from '../../../core/json.ts';
import { orThrow } from '../../../core/result.ts';
import { writePem } from '../../../formats/der/pem.ts';
import type { SignatureResult } from '../signature-result.ts';
import { readPayload } from './envelope.ts';
import { parseSignatureManifest } from './manifest.ts';
import { verifyNotary } from './verify.ts';

const NOW = toInstant(Date.UTC(2026, 10, 22));
const reference = testData('vectors/notation-go');
const core = testData('vectors/notation-core');
const e2e = testData('vectors/notation-e2e');

function outcome(result: SignatureResult): string {
  if (result.kind === 'untrusted') return result.reasons[0].code;
  return result.kind === 'trusted' ? 'trusted' : result.cause.code;
}

interface RawEnvelope {
  readonly payload: string;
  readonly header: { readonly x5c: readonly string[] };
}

/**
 * The verdict on an envelope of the reference implementation, with its own root trusted for both
 * schemes.
 */
function verdictOn(path: string): string {
  const bytes = readFileSync(path);
  const envelope = JSON.parse(bytes.toString()) as RawEnvelope;
  const pem = writePem('CERTIFICATE', Buffer.from(envelope.header.x5c.at(-1) ?? '', 'base64'));
  const stores = ['ca:acme', 'signingAuthority:acme'];
  const trust = trustIn(pem, { trustStores: stores }, { 'signingAuthority:acme': pem });
  const target = readPayload(Buffer.from(envelope.payload, 'base64url'));
  const subject = target.ok ? { subject: target.value } : {};
  return outcome(verifyNotary(questionAbout(bytes, trust, { ...subject, now: NOW })));
}

describe.skipIf(reference === null)('the JWS envelopes of notation-go', () => {
  const expected: Readonly<Record<string, string>> = {
    'envelopes/ca_valid_sig_env.json': 'trusted',
    'envelopes/sa_valid_sig_env.json': 'trusted',
    'signatures/jws_signature.sig': 'trusted',
    'verifier/timestamp/sigEnv/jwsWithTimestamp.sig': 'trusted',
    'verifier/timestamp/sigEnv/withoutTimestamp.sig': 'trusted',
    'envelopes/ca_expired_sig_env.json': 'signature-expired',
    'envelopes/sa_expired_sig_env.json': 'signature-expired',
    'envelopes/ca_invalid_sig_env.json': 'envelope-malformed',
    'envelopes/sa_invalid_sig_env.json': 'envelope-malformed',
    'envelopes/ca_plugin_sig_env.json': 'plugin-required',
    'envelopes/sa_plugin_sig_env.json': 'plugin-required',
    'envelopes/sig_env_with_metadata.json': 'certificate-expired',
    'verifier/timestamp/sigEnv/jwsExpiredWithTimestamp.sig': 'certificate-expired',
    'verifier/timestamp/sigEnv/timestampBeforeNotBefore.sig': 'certificate-not-yet-valid',
  };

  it.each(Object.entries(expected))('N14–N21 N26–N28 A34: %s is %s', (file, code) => {
    expect(verdictOn(join(reference ?? '', file))).toBe(code);
  });

  it('every envelope that requires a plugin is refused, for any plugin version', () => {
    const folder = join(reference ?? '', 'envelopes');
    const files = readdirSync(folder).filter((file) => file.includes('pluginver'));
    expect(files).toHaveLength(8);
    for (const file of files) expect(verdictOn(join(folder, file))).toBe('plugin-required');
  });
});

describe.skipIf(core === null)(
  'the headers of the conformance envelope of notation-core-go',
  () => {
    it('N17 N18: count when they are specified, but not with an unknown critical one', async () => {
      const text = readFileSync(join(core ?? '', 'jws-conformance.json'), 'utf8');
      const { protected: head } = JSON.parse(text) as { protected: string };
      const fields = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<
        string,
        unknown
      >;
      const { signedCritKey1: _, ...known } = fields;
      const crit = (fields['crit'] as string[]).filter((name) => name !== 'signedCritKey1');
      const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
      const sound = await forgeEnvelope(key, { protect: { ...known, crit } });
      expect(outcome(verifyNotary(questionAbout(sound, trustIn(key.rootPem))))).toBe('trusted');
      const unknown = await forgeEnvelope(key, {
        protect: { ...known, crit: [...crit, 'x'], x: 1 },
      });
      expect(outcome(verifyNotary(questionAbout(unknown, trustIn(key.rootPem))))).toBe(
        'critical-header',
      );
    });
  },
);

interface Layout {
  readonly manifests: readonly JsonValue[];
}

/** Each signature of a layout, verified under the certificate that notation's own tests trust. */
function verdictsOn(layout: string): readonly string[] {
  const root = join(e2e ?? '', 'registry/oci_layout', layout);
  const blob = (digest: string) => readFileSync(join(root, 'blobs', digest.replace(':', '/')));
  const index = JSON.parse(readFileSync(join(root, 'index.json'), 'utf8')) as Layout;
  const descriptors = index.manifests.map((item) => orThrow(parseDescriptor(item)));
  const [image, ...others] = descriptors.filter((one) =>
    one.mediaType.endsWith('manifest.v1+json'),
  );
  const subject = image as Descriptor;
  return others.map((descriptor) => {
    const manifest = blob(descriptor.digest);
    const parsed = parseSignatureManifest(manifest);
    if (!parsed.ok) return parsed.reason.code;
    const envelope = blob(parsed.value.envelope.digest);
    const pem = writePem(
      'CERTIFICATE',
      Buffer.from((JSON.parse(envelope.toString()) as RawEnvelope).header.x5c[0] ?? '', 'base64'),
    );
    const own = layout.includes('timestamped')
      ? pem
      : readFileSync(join(e2e ?? '', 'config/localkeys/e2e.crt'), 'utf8');
    return outcome(
      verifyNotary({
        subject,
        manifest,
        envelope,
        scope: 'localhost:5000/e2e',
        trust: trustIn(own),
        now: NOW,
      }),
    );
  });
}

describe.skipIf(e2e === null)('the signed layouts of notation', () => {
  it.each([
    ['e2e-valid-signature', ['trusted']],
    ['e2e-valid-multiple-signatures', ['trusted', 'not-in-trust-store']],
    ['e2e-expired-signature', ['signature-expired']],
    ['e2e-invalid-signature', ['manifest-type']],
    ['e2e-with-expired-cert', ['not-in-trust-store']],
    ['e2e-with-timestamped-signature', ['signature-expired']],
    ['e2e-with-invalid-timestamped-signature', ['certificate-expired']],
    ['e2e', []],
  ])('N1–N5: the signatures of %s are %j', (layout, codes) => {
    expect(verdictsOn(layout)).toEqual(codes);
  });

  it('N2: every signature manifest of the layouts has the legacy form and is read', () => {
    const root = join(e2e ?? '', 'registry/oci_layout/e2e-valid-signature/blobs/sha256');
    const legacy = readdirSync(root)
      .map((file) => readFileSync(join(root, file)))
      .filter((bytes) => parseSignatureManifest(bytes).ok);
    expect(legacy).toHaveLength(1);
    expect(legacy[0]?.toString()).not.toContain('artifactType');
  });
});
