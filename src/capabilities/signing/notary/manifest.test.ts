import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, testKey } from '../../../../test/support/certificates.ts';
import { forgeEnvelope, questionAbout, SUBJECT, trustIn } from '../../../../test/support/notary.ts';
import { sha256 } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readEnvelope, readPayload } from './envelope.ts';
import { parseSignatureManifest } from './manifest.ts';
import { buildNotarySignatureArtifact } from './sign.ts';
import { verifyNotary } from './verify.ts';

const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
const trust = trustIn(key.rootPem);
const envelope = await forgeEnvelope(key);
const artifact = buildNotarySignatureArtifact({
  subject: SUBJECT,
  envelope,
  createdAt: FIXTURE_NOW,
});

type RawManifest = Record<string, unknown>;
const whole = JSON.parse(Buffer.from(artifact.manifest.bytes).toString()) as RawManifest;
const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';

function verdict(change: RawManifest): string {
  const manifest = Buffer.from(JSON.stringify({ ...whole, ...change }));
  const result = verifyNotary({ ...questionAbout(envelope, trust), manifest });
  return result.kind === 'untrusted' ? result.reasons[0].code : result.kind;
}

describe('how a signature is stored', () => {
  it('N1 N3 N4 N5 N6: has type, empty config, one layer, subject and annotations', () => {
    expect(whole).toMatchObject({
      artifactType: 'application/vnd.cncf.notary.signature',
      config: { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
      layers: [
        { mediaType: 'application/jose+json', digest: sha256(envelope), size: envelope.length },
      ],
      subject: SUBJECT,
      annotations: { 'org.opencontainers.image.created': '2026-11-22T12:00:00Z' },
    });
    const annotations = whole['annotations'] as Record<string, string>;
    expect(JSON.parse(annotations[THUMBPRINTS] ?? '')).toEqual(
      key.chain.map((der) => sha256(der).slice(7)),
    );
    expect(artifact.manifest.descriptor.digest).toBe(sha256(artifact.manifest.bytes));
    expect(artifact.blobs.map(({ descriptor }) => descriptor.size)).toEqual([2, envelope.length]);
  });

  it.each<[string, string, RawManifest]>([
    ['N1: another artifact type', 'manifest-type', { artifactType: 'a/b' }],
    [
      'N1: a config of another type',
      'manifest-type',
      { config: { ...(whole['config'] as RawManifest), mediaType: 'a/b' } },
    ],
    [
      'N1: a config that is not empty',
      'manifest-type',
      { config: { ...(whole['config'] as RawManifest), size: 3 } },
    ],
    ['N3: no layer', 'manifest-malformed', { layers: [] }],
    [
      'N3: two layers',
      'manifest-malformed',
      { layers: [(whole['layers'] as RawManifest[])[0], (whole['layers'] as RawManifest[])[0]] },
    ],
    [
      'N3: a layer of another type',
      'manifest-type',
      { layers: [{ ...(whole['layers'] as RawManifest[])[0], mediaType: 'a/b' }] },
    ],
    ['N4: no subject', 'subject-mismatch', { subject: undefined }],
    [
      'N4: a subject of another digest',
      'subject-mismatch',
      { subject: { ...SUBJECT, digest: sha256('another') } },
    ],
    ['N4: a subject of another size', 'subject-mismatch', { subject: { ...SUBJECT, size: 9 } }],
    [
      'N4: a subject of another type',
      'subject-mismatch',
      { subject: { ...SUBJECT, mediaType: 'a/b' } },
    ],
    [
      'N5: thumbprints of another chain',
      'thumbprint-mismatch',
      { annotations: { [THUMBPRINTS]: `["${'0'.repeat(64)}"]` } },
    ],
    [
      'N5: as many thumbprints, one of them another',
      'thumbprint-mismatch',
      {
        annotations: {
          [THUMBPRINTS]: JSON.stringify([sha256(key.chain[0] ?? '').slice(7), '0'.repeat(64)]),
        },
      },
    ],
    [
      'N5: thumbprints joined in one text',
      'thumbprint-mismatch',
      {
        annotations: {
          [THUMBPRINTS]: JSON.stringify([key.chain.map((der) => sha256(der).slice(7)).join()]),
        },
      },
    ],
    [
      'N5: thumbprints that are not a list',
      'thumbprint-mismatch',
      { annotations: { [THUMBPRINTS]: '{}' } },
    ],
    ['an index', 'manifest-type', { mediaType: 'application/vnd.oci.image.index.v1+json' }],
  ])('%s is refused', (_, code, change) => {
    expect(verdict(change)).toBe(code);
    expect(verdict({})).toBe('trusted');
  });

  it('N2: the legacy form, with its type only in the config, is read too', () => {
    const config = {
      ...(whole['config'] as RawManifest),
      mediaType: 'application/vnd.cncf.notary.signature',
    };
    expect(verdict({ artifactType: undefined, config })).toBe('trusted');
    expect(verdict({ artifactType: undefined })).toBe('manifest-type');
  });

  it('N5: thumbprints in upper case are the same', () => {
    const upper = JSON.stringify(key.chain.map((der) => sha256(der).slice(7).toUpperCase()));
    expect(verdict({ annotations: { [THUMBPRINTS]: upper } })).toBe('trusted');
  });

  it('A6 N8: a manifest is read up to 4 MiB, and an envelope is requested up to 32 MiB', () => {
    const text = JSON.stringify(whole);
    expect(parseSignatureManifest(Buffer.from(text.padEnd(LIMITS.manifestBytesMax)))).toMatchObject(
      { ok: true },
    );
    const over = parseSignatureManifest(Buffer.from(text.padEnd(LIMITS.manifestBytesMax + 1)));
    expect(over).toMatchObject({ reason: { code: 'too-large' } });
    const layer = (size: number) => [{ ...(whole['layers'] as RawManifest[])[0], size }];
    expect(verdict({ layers: layer(LIMITS.envelopeBytesMax + 1) })).toBe('too-large');
    expect(verdict({ layers: layer(LIMITS.envelopeBytesMax) })).toBe('envelope-digest');
  });

  it('A6 N8: an envelope of 32 MiB is read and a larger one is not', () => {
    const text = Buffer.from(envelope).toString();
    expect(readEnvelope(Buffer.from(text.padEnd(LIMITS.envelopeBytesMax)))).toMatchObject({
      ok: true,
    });
    const over = readEnvelope(Buffer.from(text.padEnd(LIMITS.envelopeBytesMax + 1)));
    expect(over).toMatchObject({ reason: { code: 'too-large' } });
  });

  it('a changed byte of an envelope or a manifest never throws and is never trusted', () => {
    fc.assert(
      fc.property(fc.nat(envelope.length - 1), fc.nat(255), (at, byte) => {
        const mutated = Buffer.from(envelope);
        mutated[at] = byte;
        const result = verifyNotary(questionAbout(mutated, trust));
        if (result.kind !== 'trusted') return;
        expect(result.signer.identity).toBe('CN=release,ST=WA,O=Shop,C=US');
        const [before, after] = [readEnvelope(envelope), readEnvelope(mutated)];
        expect(after.ok && Buffer.from(after.value.signed)).toEqual(
          before.ok && Buffer.from(before.value.signed),
        );
      }),
      { numRuns: 1_500 },
    );
    fc.assert(
      fc.property(fc.nat(artifact.manifest.bytes.length - 1), fc.nat(255), (at, byte) => {
        const manifest = Buffer.from(artifact.manifest.bytes);
        manifest[at] = byte;
        verifyNotary({ ...questionAbout(envelope, trust), manifest });
      }),
    );
  });

  it('never throws for any input', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        readEnvelope(bytes);
        readPayload(bytes);
        parseSignatureManifest(bytes);
        verifyNotary({ ...questionAbout(bytes, trust), manifest: bytes });
      }),
    );
  });
});
