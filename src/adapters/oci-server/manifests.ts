import {
  buildReferrersIndex,
  type Manifest,
  OCI_INDEX,
  parseManifest,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, hasDigest, sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import type { BlobServices } from './blobs.ts';
import { answer, answerJson, type Exchange, readBody } from './exchange.ts';
import { Refusal } from './refusal.ts';
import type { Reference } from './routes.ts';
import type { RegistryStorage, StoredManifest } from './storage.ts';

/**
 * Layers that may be available only elsewhere (image-spec "Non-Distributable Layers", Docker's
 * foreign layers).
 */
const NOT_DISTRIBUTED =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/;
const REFERRER_BYTES_MAX = 1024 * 1024;
const PAGE_BYTES_MAX = 2 * 1024 * 1024;

/** GET and HEAD (end-3). */
export async function sendManifest(
  storage: RegistryStorage,
  exchange: Exchange,
  repository: string,
  reference: Reference,
): Promise<void> {
  const { descriptor, bytes } = await findManifest(storage, repository, reference);
  const { digest } = descriptor;
  const headers = {
    'Content-Type': descriptor.mediaType,
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
  };
  answer(exchange, 200, headers, bytes);
}

/**
 * PUT (end-7): everything that the manifest names must be there, except a subject, which may come
 * later.
 */
export async function putManifest(
  { storage, rules }: BlobServices,
  exchange: Exchange,
  repository: string,
  reference: Reference,
): Promise<void> {
  const bytes = await readBody(exchange.request, LIMITS.manifestBytesMax);
  const parsed = parseManifest(bytes, exchange.request.headers['content-type'] ?? null);
  if (!parsed.ok) throw new Refusal(400, 'MANIFEST_INVALID', parsed.failure.message);
  const manifest = parsed.value;
  const digest = reference.kind === 'digest' ? reference.digest : sha256(bytes);
  if (!hasDigest(bytes, digest))
    throw new Refusal(400, 'DIGEST_INVALID', 'the manifest does not have the digest');
  if (
    manifest.subject !== null &&
    bytes.length > REFERRER_BYTES_MAX &&
    countAnnotationBytes(manifest) > REFERRER_BYTES_MAX
  ) {
    throw new Refusal(
      413,
      'SIZE_INVALID',
      'the annotations of a referrer are too large to be listed',
    );
  }
  await checkPresent(storage, repository, manifest);
  const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.length };
  if (reference.kind === 'tag') await rules?.checkTag(repository, reference.tag, digest);
  const undo = await rules?.takeRoom(repository, bytes.length);
  try {
    await storage.keepManifest(repository, descriptor, bytes, manifest);
  } catch (thrown) {
    undo?.();
    throw thrown;
  }
  // Anyone who removes what nobody names (gc) looks again after it removed: what is here now stays.
  await checkPresent(storage, repository, manifest);
  if (reference.kind === 'tag') await storage.setTag(repository, reference.tag, digest);
  answer(exchange, 201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    'Content-Length': 0,
    ...(manifest.subject === null ? {} : { 'OCI-Subject': manifest.subject.digest }),
  });
}

async function checkPresent(
  storage: RegistryStorage,
  repository: string,
  manifest: Manifest,
): Promise<void> {
  if (manifest.kind === 'index') {
    for (const member of manifest.manifests) {
      if ((await storage.manifest(repository, member.digest)) !== null) continue;
      throw new Refusal(
        400,
        'MANIFEST_BLOB_UNKNOWN',
        `a manifest of the index is not here: ${member.digest}`,
      );
    }
    return;
  }
  for (const blob of [manifest.config, ...manifest.layers]) {
    if (NOT_DISTRIBUTED.test(blob.mediaType)) continue;
    const size = await storage.blobSize(repository, blob.digest);
    if (size === null)
      throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', `a blob is not here: ${blob.digest}`);
    if (size !== blob.size)
      throw new Refusal(400, 'SIZE_INVALID', `a blob has another size: ${blob.digest}`);
  }
}

/** DELETE of a manifest by digest, or of a tag (end-9). */
export async function deleteManifest(
  { storage, rules }: BlobServices,
  exchange: Exchange,
  repository: string,
  reference: Reference,
): Promise<void> {
  if (reference.kind === 'tag') {
    await rules?.checkTag(repository, reference.tag, null);
    const there = await storage.deleteTag(repository, reference.tag);
    if (!there) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'no such tag');
    return answer(exchange, 202, { 'Content-Length': 0 });
  }
  const { bytes, descriptor } = await findManifest(storage, repository, reference);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  const subject = manifest.ok ? (manifest.value.subject?.digest ?? null) : null;
  await rules?.checkRemoval(repository, reference.digest, subject);
  await storage.deleteManifest(repository, reference.digest, manifest.ok ? manifest.value : null);
  answer(exchange, 202, { 'Content-Length': 0 });
}

/** GET of the tags (end-8), sorted, `n` at a time after `last`. */
export async function sendTags(
  storage: RegistryStorage,
  exchange: Exchange,
  repository: string,
): Promise<void> {
  const all = await storage.tags(repository);
  if (all === null) throw new Refusal(404, 'NAME_UNKNOWN', 'no such repository');
  const { page, headers } = takeNamePage(exchange, all, `/v2/${repository}/tags/list`);
  answerJson(exchange, 200, headers, { name: repository, tags: page });
}

/**
 * GET of the names of all repositories, sorted, in pages as the tags are. Not in the OCI
 * specification: registries have it from Docker's.
 */
export async function sendCatalog(storage: RegistryStorage, exchange: Exchange): Promise<void> {
  const names = (await storage.repositories()).filter(exchange.mayPull);
  const { page, headers } = takeNamePage(exchange, names, '/v2/_catalog');
  answerJson(exchange, 200, headers, { repositories: page });
}

/** `n` names at a time after `last`. */
function takeNamePage(exchange: Exchange, all: readonly string[], path: string) {
  const last = exchange.query.get('last') ?? '';
  const asked = exchange.query.get('n');
  if (asked !== null && !/^\d{1,9}$/.test(asked))
    throw new Refusal(400, 'UNSUPPORTED', 'n is not a count');
  const count = Math.min(asked === null ? LIMITS.pageRowsMax : Number(asked), LIMITS.pageRowsMax);
  const rest = all.filter((name) => name > last);
  const page = rest.slice(0, count);
  const more = page.length < rest.length && page.length > 0;
  const next = new URLSearchParams({ n: String(count), last: page.at(-1) ?? '' });
  const headers: Record<string, string> = more ? { Link: `<${path}?${next}>; rel="next"` } : {};
  return { page, headers };
}

/** GET of the referrers of a digest (end-12), an empty index where there are none. */
export async function sendReferrers(
  storage: RegistryStorage,
  exchange: Exchange,
  repository: string,
  digest: Digest,
): Promise<void> {
  const type = exchange.query.get('artifactType');
  const last = exchange.query.get('last') ?? '';
  const all = await storage.referrers(repository, digest);
  const wanted = all.filter(
    (entry) => entry.digest > last && (type === null || entry.artifactType === type),
  );
  const page = takePage(wanted);
  const next = new URLSearchParams({
    ...(type === null ? {} : { artifactType: type }),
    last: page.at(-1)?.digest ?? '',
  });
  const headers: Record<string, string> = {
    'Content-Type': OCI_INDEX,
    ...(type === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    ...(page.length < wanted.length
      ? { Link: `</v2/${repository}/referrers/${digest}?${next}>; rel="next"` }
      : {}),
  };
  answer(exchange, 200, headers, buildReferrersIndex(page));
}

/**
 * As many entries as fit. One entry alone always fits: a larger one is refused when it is pushed.
 */
function takePage(entries: readonly Descriptor[]): readonly Descriptor[] {
  let bytes = 0;
  const over = entries.findIndex((entry, position) => {
    bytes += JSON.stringify(entry).length * 3;
    return position >= LIMITS.pageRowsMax / 2 || (bytes > PAGE_BYTES_MAX && position > 0);
  });
  return over === -1 ? entries : entries.slice(0, over);
}

async function findManifest(
  storage: RegistryStorage,
  repository: string,
  reference: Reference,
): Promise<StoredManifest> {
  const digest =
    reference.kind === 'digest' ? reference.digest : await storage.tag(repository, reference.tag);
  const found = digest === null ? null : await storage.manifest(repository, digest);
  if (found === null) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'no such manifest');
  return found;
}

function countAnnotationBytes(manifest: Manifest): number {
  return Buffer.byteLength(JSON.stringify(manifest.annotations));
}
