import type {
  ArtifactTarget,
  CallOptions,
  Content,
  ReleaseSource,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository } from '../../core/image-reference.ts';
import type { Result } from '../../core/result.ts';
import {
  formatReference,
  openBlob,
  pullManifestBytes,
  readBlob,
  requireDescribed,
} from './pull.ts';
import { removeManifest, uploadBlob, uploadManifest } from './push.ts';
import { listReferrers } from './referrers.ts';
import {
  openSession,
  type RegistryClientOptions,
  resolveSignal,
  runForRepository,
  type Session,
  statusFailure,
} from './session.ts';
import { listTags } from './tags.ts';

export interface RegistryClient extends ArtifactTarget, ReleaseSource {
  /** Whether the registry lets these credentials in (end-1). */
  checkLogin(registry: string, options?: CallOptions): Promise<Result<null>>;
  /** Ends idle connections. */
  close(): void;
}

/**
 * A client of registries that support distribution-spec 1.1. The repository of each request names
 * its registry.
 *
 * @example const client = openRegistryClient({ env: process.env });
 */
export function openRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const session = openSession(options);
  const pulled = rememberManifests(session);
  return {
    resolve: (reference, call) =>
      runForRepository(formatRepository(reference), async () => {
        const content = await pulled.find(
          formatRepository(reference),
          formatReference(reference),
          resolveSignal(call),
        );
        return content.descriptor;
      }),
    manifest: (repository, wanted, call) =>
      runForRepository(repository, async () => {
        const content = await pulled.find(repository, toDigest(wanted), resolveSignal(call));
        return requireDescribed(content, wanted);
      }),
    blob: (repository, descriptor, call) =>
      runForRepository(repository, () =>
        openBlob(session, session.place(repository), descriptor, resolveSignal(call)),
      ),
    blobBytes: (repository, descriptor, bytesMax, call) =>
      runForRepository(repository, () =>
        readBlob(session, session.place(repository), descriptor, bytesMax, resolveSignal(call)),
      ),
    referrers: (repository, digest, artifactType, call) =>
      runForRepository(repository, () =>
        listReferrers(session, session.place(repository), digest, {
          artifactType: artifactType ?? null,
          only: call?.only ?? null,
          signal: resolveSignal(call),
        }),
      ),
    tags: (repository, call) =>
      runForRepository(repository, () =>
        listTags(session, session.place(repository), resolveSignal(call)),
      ),
    ...openPushes(session),
    deleteManifest: (repository, digest, call) =>
      runForRepository(repository, async () => {
        const place = session.place(repository);
        const wasThere = await removeManifest(session, place, digest, resolveSignal(call));
        pulled.forget(repository, digest);
        return wasThere;
      }),
    checkLogin: (registry, call) =>
      runForRepository(`${registry}/login`, () =>
        checkLogin(session, registry, resolveSignal(call)),
      ),
    close: session.close,
  };
}

/** The verbs that send content. */
function openPushes(session: Session): Pick<ArtifactTarget, 'pushBlob' | 'pushManifest'> {
  return {
    pushBlob: (repository, content, call) =>
      runForRepository(repository, () =>
        uploadBlob(
          session,
          session.place(repository),
          content,
          call?.mountFrom ?? null,
          resolveSignal(call),
        ),
      ),
    pushManifest: (repository, content, tag, call) =>
      runForRepository(repository, () =>
        uploadManifest(
          session,
          session.place(repository),
          content,
          tag ?? null,
          resolveSignal(call),
        ),
      ),
  };
}

async function checkLogin(session: Session, registry: string, signal: AbortSignal): Promise<null> {
  const place = session.place(`${registry}/login`);
  const url = new URL('/v2/', place.url(''));
  const answer = await session.send({ place, login: true, method: 'GET', url, signal });
  // mutant login-is-checked by login: condition -> false
  if (answer.status !== 200) throw statusFailure(answer, `the login at ${registry}`);
  return null;
}

const REMEMBERED_MAX = 64;
const REMEMBERED_BYTES_MAX = 256 * 1024;

/** A manifest by digest cannot change, so the last few are kept. A tag is resolved every time. */
function rememberManifests(session: Session) {
  const kept = new Map<string, Content>();
  const find = async (
    repository: string,
    reference: string,
    signal: AbortSignal,
  ): Promise<Content> => {
    const known = kept.get(`${repository}@${reference}`);
    if (known !== undefined) return known;
    const content = await pullManifestBytes(session, session.place(repository), reference, signal);
    if (content.bytes.length > REMEMBERED_BYTES_MAX) return content;
    if (kept.size >= REMEMBERED_MAX) kept.delete(kept.keys().next().value ?? '');
    kept.set(`${repository}@${content.descriptor.digest}`, content);
    return content;
  };
  const forget = (repository: string, digest: Digest): boolean =>
    kept.delete(`${repository}@${digest}`);
  return { find, forget };
}

function toDigest(wanted: Descriptor | Digest): Digest {
  return typeof wanted === 'string' ? wanted : wanted.digest;
}
