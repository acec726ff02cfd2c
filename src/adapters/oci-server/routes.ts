import { type Digest, parseDigest } from '../../core/digest.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { Refusal } from './refusal.ts';

/** What a request path of the distribution specification names. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: Reference }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

export type Reference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const UPLOAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The route of a path. The path is not decoded: nothing that the specification allows in it needs
 * an escape, so a path with a percent sign, a dot segment or a doubled slash does not exist.
 */
export function parseRoute(path: string): Route {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  // No repository has this name: a part of a name begins with a letter or a digit.
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const match =
    /^\/v2\/(?<repository>.{1,255})\/(?:(?<kind>manifests|blobs|referrers)\/(?<last>[^/]+)|(?<tags>tags\/list)|blobs\/(?<uploads>uploads)\/(?<id>[^/]*))$/.exec(
      path,
    )?.groups;
  if (match === undefined) throw new Refusal(404, 'NOT_FOUND', 'no such path');
  const { repository = '', kind, last = '', tags, uploads, id = '' } = match;
  checkRepository(repository);
  if (tags !== undefined) return { kind: 'tags', repository };
  if (uploads !== undefined) return parseUploadRoute(repository, id);
  if (kind === 'manifests')
    return { kind: 'manifest', repository, reference: parseReference(last) };
  const digest = requireDigest(last);
  return kind === 'blobs'
    ? { kind: 'blob', repository, digest }
    : { kind: 'referrers', repository, digest };
}

export function checkRepository(repository: string): void {
  const parsed = parseImageReference(`registry.example.com/${repository}`);
  const whole = parsed.ok && parsed.value.repository === repository;
  if (!whole) throw new Refusal(404, 'NAME_INVALID', 'the repository name is malformed');
}

export function requireDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (!digest.ok)
    throw new Refusal(400, 'DIGEST_INVALID', 'the digest is malformed or of an unknown algorithm');
  return digest.value;
}

function parseReference(text: string): Reference {
  if (text.includes(':')) return { kind: 'digest', digest: requireDigest(text) };
  if (!TAG.test(text)) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'the tag is malformed');
  return { kind: 'tag', tag: text };
}

function parseUploadRoute(repository: string, id: string): Route {
  if (id === '') return { kind: 'uploads', repository };
  if (!UPLOAD_ID.test(id)) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
  return { kind: 'upload', repository, id };
}
