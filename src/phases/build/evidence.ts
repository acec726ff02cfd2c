import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import { NOTARY_JWS_TYPE } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { formatImageReference } from '../../core/image-reference.ts';
import type { ReleaseDocumentKind } from './documents.ts';
import type { ReleaseOutcome } from './release.ts';
import type { ReleaseRequest } from './request.ts';

const EVIDENCE_KINDS: Readonly<Record<ReleaseDocumentKind, 'sbom' | 'scan' | 'statement'>> = {
  sbom: 'sbom',
  scan: 'scan',
  provenance: 'statement',
};

/**
 * What the log records about a published release: the build, the release and each document, by
 * digest (B12, B20, B26, B28).
 */
export function buildReleaseEvidence(
  { facts, destination }: ReleaseRequest,
  outcome: ReleaseOutcome,
): readonly EvidenceInput[] {
  const { subject, members, releasedAt } = outcome;
  const { name, version, owner } = facts;
  const { job, ...build } = facts.build;
  const typed = job === null ? { claimed: ['id' as const, 'builder' as const] } : {};
  const { claimed, ...known } = facts.source;
  const source = { ...known, ...(claimed.length === 0 ? {} : { claimed: [...claimed] }) };
  const artifacts = outcome.staging.artifacts.map(({ kind, manifest }) => ({
    kind,
    digest: manifest.descriptor.digest,
  }));
  const platforms = members
    .filter(({ member }) => member.digest !== subject.digest)
    .map(({ member }) => ({ digest: member.digest, platform: member.platform ?? null }));
  const reference = formatImageReference({ ...destination.reference, digest: subject.digest });
  const built = encodeRecord('build', {
    ...build,
    ...typed,
    source,
    products: [subject.digest, ...platforms.map((one) => one.digest)],
  });
  const released = encodeRecord('release', {
    name,
    version,
    releasedAt,
    owner,
    source,
    build: { id: build.id, builder: build.builder, ...typed },
    images: [{ reference, digest: subject.digest, platforms }],
    artifacts,
  });
  const documents = members.flatMap(({ member, documents: made }) =>
    made.map(
      ({ kind, mediaType, bytes }): EvidenceInput => ({
        kind: EVIDENCE_KINDS[kind],
        mediaType,
        body: bytes,
        subject: member.digest,
      }),
    ),
  );
  const records = [
    toRecordInput('build', built, subject.digest),
    toRecordInput('release', released, subject.digest),
  ];
  return [...records, ...documents, ...buildSignatureEvidence(outcome)];
}

/** The bytes of each envelope, so that the log alone is enough to verify it again (X14). */
function buildSignatureEvidence({ staging }: ReleaseOutcome): readonly EvidenceInput[] {
  return staging.artifacts.flatMap(({ subject, blobs }) =>
    blobs
      .filter(({ descriptor }) => descriptor.mediaType === NOTARY_JWS_TYPE)
      .map(
        ({ bytes }): EvidenceInput => ({
          kind: 'signature',
          mediaType: NOTARY_JWS_TYPE,
          body: bytes,
          subject,
        }),
      ),
  );
}

function toRecordInput(
  kind: 'build' | 'release',
  body: Uint8Array,
  subject: Digest,
): EvidenceInput {
  return { kind, mediaType: RECORD_MEDIA_TYPE, body, subject };
}
