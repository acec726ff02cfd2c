import { describe, expect, it } from 'vitest';
import { type ArtifactSource, formatReferrersTag } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { fail, ok, orThrow } from '../../core/result.ts';
import type { ImageEvidence } from './image-evidence.ts';
import { surveyStorage } from './survey.ts';

const subject: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256('i'),
  size: 1,
};
const evidence: ImageEvidence = {
  reference: orThrow(parseImageReference('registry.example.com/shop/trips:1')),
  subject,
  members: [{ descriptor: subject, platform: null, config: null }],
  signatures: { items: [], missing: null },
  documents: { items: [], missing: null },
};
const NOT_READ = 'it states something else than that the image is signed, or was not examined';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

function sourceWith(verbs: Partial<ArtifactSource>): ArtifactSource {
  const absent = () => Promise.resolve(fail('NOT_FOUND', 'absent', 'Push it.'));
  return {
    resolve: absent,
    manifest: absent,
    blob: absent,
    blobBytes: absent,
    referrers: absent,
    ...verbs,
  };
}

const list = (...descriptors: readonly Descriptor[]): ArtifactSource['referrers'] => {
  return () => Promise.resolve(ok({ descriptors, complete: true, via: 'fallback-tag' as const }));
};

describe('a survey of the documents of an image', () => {
  it('N7: names the tag by which a registry without referrers API was searched', async () => {
    const bundle = { ...subject, digest: sha256('b'), artifactType: BUNDLE };
    const { searched, unread } = await surveyStorage(
      evidence,
      sourceWith({ referrers: list(bundle) }),
    );
    expect(searched[0]).toMatchObject({
      place: 'fallback-tag',
      tag: formatReferrersTag(subject.digest),
      found: 1,
    });
    expect(unread).toEqual([
      { about: subject.digest, manifest: bundle, what: 'sigstore bundle', why: NOT_READ },
    ]);
  });

  it('names what could not be searched, which is not the same as empty', async () => {
    const broken = () => Promise.resolve(fail('REGISTRY_UNREACHABLE', 'it is gone', 'Try again.'));
    const { searched } = await surveyStorage(
      evidence,
      sourceWith({ referrers: broken, resolve: broken }),
    );
    expect(searched.map(({ found, missing }) => [found, missing?.message])).toEqual(
      Array.from({ length: 4 }, () => [0, 'it is gone']),
    );
    const quiet = await surveyStorage(evidence, sourceWith({ referrers: list() }));
    expect(quiet.searched.every(({ missing }) => missing === null)).toBe(true);
  });

  it('does not list a document as unread that was read without a type', async () => {
    const signature = { ...subject, digest: sha256('s') };
    const cause = new Failure('MALFORMED', 'cut short', 'Sign again.');
    const found = {
      manifest: signature.digest,
      envelope: null,
      format: 'notary',
      result: { kind: 'undetermined' as const, cause },
    };
    const gathered: ImageEvidence = { ...evidence, signatures: { items: [found], missing: null } };
    const source = sourceWith({ referrers: list(signature) });
    expect((await surveyStorage(gathered, source)).unread).toEqual([]);
    expect((await surveyStorage(evidence, source)).unread).toHaveLength(1);
  });
});
