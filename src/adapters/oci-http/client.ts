import type { ArtifactTarget, Content } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { repositoryOf } from '../../core/image-reference.ts';
import { openBlob, pullManifestBytes, readBlob, referenceText, requireDescribed } from './pull.ts';
import { uploadBlob, uploadManifest } from './push.ts';
import { listReferrers } from './referrers.ts';
import { guarded, openSession, type RegistryClientOptions, type Session, signalOf } from './session.ts';

export interface RegistryClient extends ArtifactTarget {
  /** Ends idle connections. */
  close(): void;
}

/**
 * A client of registries that speak distribution-spec 1.1, each named by the repositories asked for.
 *
 * @example const client = openRegistryClient({ env: process.env });
 */
export function openRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const session = openSession(options);
  const pulled = rememberManifests(session);
  return {
    resolve: (reference, call) =>
      guarded(repositoryOf(reference), async () => {
        const content = await pulled(repositoryOf(reference), referenceText(reference), signalOf(call));
        return content.descriptor;
      }),
    manifest: (repository, wanted, call) =>
      guarded(repository, async () => {
        const content = await pulled(repository, digestOf(wanted), signalOf(call));
        return requireDescribed(content, wanted);
      }),
    blob: (repository, descriptor, call) =>
      guarded(repository, () => openBlob(session, session.place(repository), descriptor, signalOf(call))),
    blobBytes: (repository, descriptor, bytesMax, call) =>
      guarded(repository, () => readBlob(session, session.place(repository), descriptor, bytesMax, signalOf(call))),
    referrers: (repository, digest, artifactType, call) =>
      guarded(repository, () =>
        listReferrers(session, session.place(repository), digest, artifactType ?? null, signalOf(call)),
      ),
    pushBlob: (repository, content, call) =>
      guarded(repository, () =>
        uploadBlob(session, session.place(repository), content, call?.mountFrom ?? null, signalOf(call)),
      ),
    pushManifest: (repository, content, tag, call) =>
      guarded(repository, () =>
        uploadManifest(session, session.place(repository), content, tag ?? null, signalOf(call)),
      ),
    close: session.close,
  };
}

const REMEMBERED_MAX = 64;
const REMEMBERED_BYTES_MAX = 256 * 1024;

/** Manifests by digest cannot change, so the last few are kept; what a tag leads to is asked every time. */
function rememberManifests(session: Session) {
  const kept = new Map<string, Content>();
  return async (repository: string, reference: string, signal: AbortSignal): Promise<Content> => {
    const known = kept.get(`${repository}@${reference}`);
    if (known !== undefined) return known;
    const content = await pullManifestBytes(session, session.place(repository), reference, signal);
    if (content.bytes.length > REMEMBERED_BYTES_MAX) return content;
    if (kept.size >= REMEMBERED_MAX) kept.delete(kept.keys().next().value ?? '');
    kept.set(`${repository}@${content.descriptor.digest}`, content);
    return content;
  };
}

function digestOf(wanted: Descriptor | Digest): Digest {
  return typeof wanted === 'string' ? wanted : wanted.digest;
}
