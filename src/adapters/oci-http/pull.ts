import {
  type Content,
  MANIFEST_TYPES,
  parseManifest,
  verifyStream,
} from '../../capabilities/registry/index.ts';
import { formatCount } from '../../core/count.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, hasDigest, parseDigest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { discardBody, streamBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import { type RepositoryAddress, type Session, statusFailure } from './session.ts';

export const ACCEPT = MANIFEST_TYPES.join(', ');

/**
 * A manifest by tag or digest (end-3). Its digest is computed from the bytes. The digest in the
 * header is only compared, so that a registry with a wrong header is reported (A1, A7).
 */
export async function pullManifestBytes(
  session: Session,
  place: RepositoryAddress,
  reference: string,
  signal: AbortSignal,
): Promise<Content> {
  const answer = await session.send({
    place,
    method: 'GET',
    url: place.url(`manifests/${reference}`),
    headers: { Accept: ACCEPT },
    signal,
    bytesMax: LIMITS.manifestBytesMax,
  });
  if (answer.status !== 200)
    throw statusFailure(answer, `the manifest ${reference} of ${place.name}`);
  const { bytes } = answer;
  const asked = parseDigest(reference);
  const digest = asked.ok ? asked.value : sha256(bytes);
  // mutant registry-manifest-digest: condition -> false
  if (asked.ok && !hasDigest(bytes, digest))
    throw mismatch(`the manifest sent for ${digest} is another one`);
  const said = parseDigest(answer.headers['docker-content-digest'] ?? '');
  if (said.ok && said.value !== digest && !hasDigest(bytes, said.value))
    throw mismatch(`the registry sent the wrong digest ${said.value} for a manifest`);
  const manifest = orThrow(parseManifest(bytes, answer.headers['content-type'] ?? null));
  return { descriptor: { mediaType: manifest.mediaType, digest, size: bytes.length }, bytes };
}

/** The value that a reference resolves now. A digest takes precedence over a tag beside it. */
export function formatReference(reference: ImageReference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}

/** Checks that a manifest is the one that a descriptor describes. */
export function requireDescribed(content: Content, wanted: Descriptor | Digest): Content {
  if (typeof wanted === 'string') return content;
  const { mediaType, size } = content.descriptor;
  if (size !== wanted.size)
    throw mismatch(`${wanted.digest} has ${formatCount(size, 'byte')}, not ${wanted.size}`);
  if (mediaType === wanted.mediaType) return content;
  const promised = wanted.mediaType.slice(0, 100);
  const message = `${wanted.digest} is a ${mediaType}, but its descriptor says ${promised}`;
  throw new Failure(
    'REGISTRY_MISBEHAVED',
    message,
    'Push the index or artifact that names it again.',
  );
}

/**
 * A blob (end-2), verified while it streams. A size that differs from the headers is refused before
 * the first byte.
 */
export async function openBlob(
  session: Session,
  place: RepositoryAddress,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { digest, size } = descriptor;
  const request = { place, method: 'GET' as const, url: place.url(`blobs/${digest}`), signal };
  const answer = await session.send(request);
  if (answer.status !== 200) throw statusFailure(answer, `the blob ${digest} of ${place.name}`);
  const length = answer.headers['content-length'];
  if (length !== undefined && Number(length) !== size) {
    discardBody(answer.incoming);
    throw mismatch(`the headers give ${digest} ${length.slice(0, 20)} bytes, not ${size}`);
  }
  return translateErrors(
    verifyStream(streamBody(answer.incoming, session.requestMs), descriptor),
    request,
  );
}

/** Turns errors of the connection into failures while a body streams. */
async function* translateErrors(
  body: AsyncIterable<Uint8Array>,
  request: { readonly method: 'GET'; readonly url: URL; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (thrown) {
    throw networkFailure(thrown, request);
  }
}

/** A verified blob in memory. */
export async function readBlob(
  session: Session,
  place: RepositoryAddress,
  descriptor: Descriptor,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (descriptor.size > bytesMax) {
    const message = `the blob ${descriptor.digest} has ${descriptor.size} bytes, over ${bytesMax}`;
    throw new Failure('LIMIT_EXCEEDED', message, 'Publish a smaller document.');
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openBlob(session, place, descriptor, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function mismatch(message: string): Failure {
  return new Failure(
    'DIGEST_MISMATCH',
    message,
    'Pull it again. If the error stays, the registry is damaged or hostile.',
  );
}
