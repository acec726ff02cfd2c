import { OLDER_STATEMENT_TYPE, STATEMENT_TYPE } from '../../capabilities/attestation/index.ts';
import { pullManifest } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { DocumentSubject } from './document-subject.ts';
import { type FoundDocument, readLater, toEmpty, toUnreadableDocument } from './documents.ts';
import type { GatherContext } from './gather-context.ts';
import type { AttachedSignature } from './image-evidence.ts';
import { listReferrers, mayBeSigned, verifySignatures } from './signatures.ts';
import { judgeAny, mayCount } from './standing.ts';

/**
 * What a builder put into the index about one of its images (BuildKit, attestation-storage.md): an
 * in-toto statement in each layer of a manifest. Each counts like an attached document, where a
 * signer who is trusted for such a statement has signed that manifest. What nobody signed is not
 * read: anyone who pushes an index writes it.
 */
export async function findBuilderDocuments(
  gathering: GatherContext,
  about: DocumentSubject,
  { mediaType, digest, size }: Descriptor,
): Promise<readonly FoundDocument[]> {
  const own = { mediaType, digest, size };
  const referrers = await listReferrers(gathering, own);
  // mutant unsigned-statement-of-a-builder by builder-documents: remove
  if (!mayBeSigned(referrers)) return [];
  const counts = (items: readonly AttachedSignature[]): boolean =>
    mayCount(gathering, 'statement', items);
  const signatures = await verifySignatures(gathering, own, referrers, counts);
  const known = judgeAny(gathering, 'statement', signatures);
  const lose = (cause: Failure): readonly FoundDocument[] => {
    const lost = toUnreadableDocument(about, own, 'statement', cause, known, signatures.items);
    return [toEmpty(lost, known.kind === 'counts')];
  };
  const { source, repository, options } = gathering;
  const pulled = await pullManifest(source, repository, own, options);
  if (!pulled.ok) return lose(pulled.failure);
  const { manifest } = pulled.value;
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  // mutant statements-of-a-builder-without-end by builder-documents: remove
  if (layers.length > LIMITS.builderStatementsMax) return lose(createTooMany(layers.length));
  return layers.map((layer) => {
    const attached = { kind: 'layer' as const, layer, annotations: manifest.annotations };
    const signed = { signatures, known, statementTypes: STATEMENT_TYPES };
    return readLater(gathering, { about, own, type: 'statement', attached, ...signed });
  });
}

const STATEMENT_TYPES = [STATEMENT_TYPE, OLDER_STATEMENT_TYPE];

function createTooMany(count: number): Failure {
  const why = `${count} statements of one builder, over ${LIMITS.builderStatementsMax}`;
  return new Failure('LIMIT_EXCEEDED', why, 'Build the image with fewer attestations.');
}
