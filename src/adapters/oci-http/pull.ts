import {
  type Content,
  MANIFEST_TYPES,
  parseManifest,
  verifyStream,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, hasDigest, parseDigest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { discardBody, streamBody } from '../../system/http/body.ts';
import { networkFailure } from './exchange.ts';
import { type RepositoryAddress, type Session, statusFailure } from './session.ts';

export const ACCEPT = MANIFEST_TYPES.join(', ');

/**
 * A manifest by tag or digest (end-3). Its digest is computed over the bytes; what the header says
 * of it is only compared, so that a registry that lies is named (A1, A7).
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
  if (!hasDigest(bytes, digest)) throw mismatch(`the manifest sent for ${digest} is another one`);
  const said = parseDigest(answer.headers['docker-content-digest'] ?? '');
  if (said.ok && !hasDigest(bytes, said.value))
    throw mismatch(`the registry calls a manifest ${said.value}, which it is not`);
  const manifest = orThrow(parseManifest(bytes, answer.headers['content-type'] ?? null));
  return { descriptor: { mediaType: manifest.mediaType, digest, size: bytes.length }, bytes };
}

/** What a reference leads to now. A digest beats a tag that stands beside it. */
export function formatReference(reference: ImageReference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}

/** That a manifest is the one that a descriptor promised. */
export function requireDescribed(content: Content, wanted: Descriptor | Digest): Content {
  if (typeof wanted === 'string') return content;
  const { mediaType, size } = content.descriptor;
  if (size !== wanted.size)
    throw mismatch(`${wanted.digest} has ${size} bytes where ${wanted.size} were promised`);
  if (mediaType === wanted.mediaType) return content;
  const message = `${wanted.digest} is a ${mediaType} where a ${wanted.mediaType.slice(0, 100)} was promised`;
  throw new Failure(
    'REGISTRY_MISBEHAVED',
    message,
    'Push the index or artifact that names it again.',
  );
}

/**
 * A blob (end-2), verified while it streams; a size that the headers belie is refused before the
 * first byte.
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
    throw mismatch(`${digest} would have ${length.slice(0, 20)} bytes where ${size} were promised`);
  }
  return translateErrors(
    verifyStream(streamBody(answer.incoming, session.requestMs), descriptor),
    request,
  );
}

/** Errors of the connection while a body streams, as failures. */
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
    'Pull it again; if it stays so, the registry is damaged or lies.',
  );
}
