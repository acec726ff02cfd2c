import {
  type BlobStream,
  type Content,
  openVerified,
  parseManifest,
  toReferrer,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, hasDigest, parseDigest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import type { Answer } from '../../system/http/exchange.ts';
import { isSameOrigin } from '../../system/http/hosts.ts';
import { addToFallback } from './referrers.ts';
import { type RepositoryAddress, type Session, statusFailure } from './session.ts';

/** Whether the registry has the blob (end-2). */
async function hasBlob(
  session: Session,
  place: RepositoryAddress,
  { digest, size }: Descriptor,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await session.send({
    place,
    push: true,
    method: 'HEAD',
    url: place.url(`blobs/${digest}`),
    signal,
  });
  if (answer.status === 404) return false;
  if (answer.status !== 200) throw statusFailure(answer, `the blob ${digest} of ${place.name}`);
  const length = answer.headers['content-length'];
  return length === undefined || Number(length) === size;
}

/**
 * Pushes a blob unless it is there: mounted (end-11), whole (end-4a, end-6) or in chunks (end-5).
 */
export async function uploadBlob(
  session: Session,
  place: RepositoryAddress,
  content: Content | BlobStream,
  mountFrom: string | null,
  signal: AbortSignal,
): Promise<Descriptor> {
  const { descriptor } = content;
  if ('bytes' in content && !hasDigest(content.bytes, descriptor.digest)) {
    throw new Failure(
      'DIGEST_MISMATCH',
      `the bytes to push are not ${descriptor.digest}`,
      'Build the content again.',
    );
  }
  if (await hasBlob(session, place, descriptor, signal)) return descriptor;
  const begun = await beginUpload(session, place, descriptor, mountFrom, signal);
  if (begun === null) return descriptor;
  const { chunkBytes } = session.options;
  const chunked = chunkBytes !== undefined && descriptor.size > chunkBytes;
  const last = chunked
    ? await sendChunks(session, place, content, chunkBytes, begun, signal)
    : begun;
  await finishUpload(session, place, content, last, !chunked, signal);
  return descriptor;
}

/** The address for the bytes. Null if the blob was mounted. */
async function beginUpload(
  session: Session,
  place: RepositoryAddress,
  { digest }: Descriptor,
  mountFrom: string | null,
  signal: AbortSignal,
): Promise<URL | null> {
  const url = place.url('blobs/uploads/');
  if (mountFrom !== null) {
    url.searchParams.set('mount', digest);
    url.searchParams.set('from', mountFrom);
  }
  const headers = { 'Content-Length': '0' };
  const answer = await session.send({ place, push: true, method: 'POST', url, headers, signal });
  if (answer.status === 201 && mountFrom !== null) return null;
  if (answer.status !== 202) throw statusFailure(answer, `an upload to ${place.name}`);
  return parseUploadAddress(answer, url);
}

/**
 * The next address of an upload. An address on another host is refused: the bytes and credentials
 * are for this host (A12).
 */
function parseUploadAddress(answer: Answer, from: URL): URL {
  const location = answer.headers['location'];
  const next =
    location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (next === null) {
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      'the registry does not say where to upload',
      'Ask the operator of the registry.',
    );
  }
  if (isSameOrigin(next, from) && next.username === '' && next.password === '') return next;
  const message = `${from.host} redirects the upload to ${next.host}`;
  throw new Failure(
    'REDIRECT_REFUSED',
    message,
    'Push to that registry directly, if you meant it.',
  );
}

async function sendChunks(
  session: Session,
  place: RepositoryAddress,
  content: Content | BlobStream,
  chunkBytes: number,
  begun: URL,
  signal: AbortSignal,
): Promise<URL> {
  let url = begun;
  let start = 0;
  for await (const chunk of regroupChunks(openVerified(content), chunkBytes)) {
    const headers = {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(chunk.length),
      'Content-Range': `${start}-${start + chunk.length - 1}`,
    };
    const answer = await session.send({
      place,
      push: true,
      method: 'PATCH',
      url,
      headers,
      body: () => chunk,
      signal,
    });
    if (answer.status !== 202) throw statusFailure(answer, `a chunk for ${place.name}`);
    url = parseUploadAddress(answer, url);
    start += chunk.length;
  }
  return url;
}

async function finishUpload(
  session: Session,
  place: RepositoryAddress,
  content: Content | BlobStream,
  address: URL,
  withBody: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { digest, size } = content.descriptor;
  const url = new URL(address);
  url.searchParams.set('digest', digest);
  const answer = await session.send({
    place,
    push: true,
    method: 'PUT',
    url,
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Length': withBody ? String(size) : '0',
    },
    ...(withBody
      ? { body: () => ('bytes' in content ? content.bytes : openVerified(content)) }
      : {}),
    signal,
  });
  if (answer.status !== 201 && answer.status !== 204)
    throw statusFailure(answer, `the blob ${digest} of ${place.name}`);
}

async function* regroupChunks(
  body: AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + chunkBytes - size);
      held.push(part);
      size += part.length;
      at += part.length;
      if (size < chunkBytes) continue;
      yield Buffer.concat(held);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(held);
}

/**
 * Removes a manifest (end-9); false where there is none. The caller makes sure that no
 * fallback tag lists it: such a list would name what is gone.
 */
export async function removeManifest(
  session: Session,
  place: RepositoryAddress,
  digest: Digest,
  signal: AbortSignal,
): Promise<boolean> {
  const url = place.url(`manifests/${digest}`);
  const answer = await session.send({ place, remove: true, method: 'DELETE', url, signal });
  if (answer.status === 404) return false;
  if (answer.status >= 200 && answer.status <= 299) return true;
  if (answer.status !== 405 && answer.status !== 400)
    throw statusFailure(answer, `the removal of ${digest} from ${place.name}`);
  throw new Failure(
    'UNSUPPORTED',
    `the registry does not remove manifests (${answer.status})`,
    'Let its operator allow it, or leave what is superseded to its clean-up rules.',
  );
}

/**
 * Pushes a manifest (end-7). If the registry does not list referrers itself, also adds it to the
 * fallback index.
 */
export async function uploadManifest(
  session: Session,
  place: RepositoryAddress,
  content: Content,
  tag: string | null,
  signal: AbortSignal,
): Promise<Descriptor> {
  const { descriptor, bytes } = content;
  const manifest = orThrow(parseManifest(bytes, descriptor.mediaType));
  if (!hasDigest(bytes, descriptor.digest) || bytes.length !== descriptor.size) {
    throw new Failure(
      'DIGEST_MISMATCH',
      `the manifest to push is not ${descriptor.digest}`,
      'Build the content again.',
    );
  }
  const answer = await session.send({
    place,
    push: true,
    method: 'PUT',
    url: place.url(`manifests/${tag ?? descriptor.digest}`),
    headers: { 'Content-Type': descriptor.mediaType },
    body: () => bytes,
    signal,
  });
  if (answer.status !== 201)
    throw statusFailure(answer, `the manifest ${descriptor.digest} of ${place.name}`);
  const said = parseDigest(answer.headers['docker-content-digest'] ?? '');
  if (said.ok && !hasDigest(bytes, said.value)) {
    throw new Failure(
      'DIGEST_MISMATCH',
      `the registry stored ${descriptor.digest} as ${said.value}`,
      'Push again.',
    );
  }
  const listed =
    manifest.subject === null || answer.headers['oci-subject'] === manifest.subject.digest;
  if (!listed && manifest.subject !== null) {
    await addToFallback(
      session,
      place,
      manifest.subject.digest,
      toReferrer(descriptor, manifest),
      signal,
    );
  }
  return descriptor;
}
