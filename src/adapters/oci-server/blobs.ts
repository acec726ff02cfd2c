import { pipeline } from 'node:stream/promises';
import type { Digest } from '../../core/digest.ts';
import { answer, type Exchange, type Headers } from './exchange.ts';
import { Refusal } from './refusal.ts';
import { checkRepository, requireDigest } from './routes.ts';
import { openContent, type RegistryStorage } from './storage.ts';
import type { TeamRules } from './team-rules.ts';
import type { Upload, Uploads } from './uploads.ts';

export interface BlobServices {
  readonly storage: RegistryStorage;
  readonly uploads: Uploads;
  readonly nowMs: () => number;
  /** Quotas and tags that stay, where a team has them. */
  readonly rules: TeamRules | null;
}

/** GET and HEAD of a blob (end-2), with one byte range if the request asks for one. */
export async function sendBlob(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
  digest: Digest,
): Promise<void> {
  const size = await rooms.storage.blobSize(repository, digest);
  if (size === null) throw new Refusal(404, 'BLOB_UNKNOWN', 'no such blob in this repository');
  const range = parseRange(exchange.request.headers.range, size);
  const start = range?.start ?? 0;
  const end = range?.end ?? size - 1;
  const headers: Headers = {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    ETag: `"${digest}"`,
    ...(range === null ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  };
  if (exchange.request.method === 'HEAD' || size === 0) return answer(exchange, 200, headers);
  const { file } = await openContent(rooms.storage.blobPath(digest));
  try {
    exchange.response.writeHead(range === null ? 200 : 206, headers);
    await pipeline(file.createReadStream({ start, end }), exchange.response);
  } finally {
    await file.close(); // the client may be gone before a byte was read
  }
}

/**
 * A malformed range, or a request for several ranges, is ignored, as RFC 9110 §14.2 allows. A range
 * past the end is refused.
 */
function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const suffix = match[1] === '';
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start < size && start <= end) return { start, end };
  throw new Refusal(416, 'RANGE_INVALID', 'the range is outside the blob', {
    'Content-Range': `bytes */${size}`,
  });
}

export async function deleteBlob(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
  digest: Digest,
): Promise<void> {
  const there = await rooms.storage.deleteBlob(repository, digest);
  if (!there) throw new Refusal(404, 'BLOB_UNKNOWN', 'no such blob in this repository');
  answer(exchange, 202, { 'Content-Length': 0 });
}

/**
 * POST: starts an upload (end-4a), uploads in one request (end-4b), or mounts the blob (end-11).
 */
export async function beginUpload(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
): Promise<void> {
  const wanted = exchange.query.get('mount');
  const from = exchange.query.get('from');
  if (wanted !== null && from !== null) {
    checkRepository(from);
    const digest = requireDigest(wanted);
    if (await mount(rooms, from, repository, digest))
      return answerCreated(exchange, repository, digest);
  }
  const whole = exchange.query.get('digest');
  const expected = whole === null ? null : requireDigest(whole);
  const upload = await rooms.uploads.begin(repository, rooms.nowMs());
  if (expected !== null) return finishUpload(rooms, exchange, upload, expected);
  rooms.uploads.release(upload);
  answer(exchange, 202, { ...formatProgress(upload), 'Content-Length': 0 });
}

/** What is mounted counts for the quota of where it comes to, unless it is there already. */
async function mount(
  { storage, rules }: BlobServices,
  from: string,
  to: string,
  digest: Digest,
): Promise<boolean> {
  const size = await storage.blobSize(from, digest);
  const isThere = (await storage.blobSize(to, digest)) !== null;
  const undo = isThere || size === null ? undefined : await rules?.takeRoom(to, size);
  const mounted = await storage.mountBlob(from, to, digest);
  if (!mounted) undo?.();
  return mounted;
}

/**
 * PATCH: one chunk (end-5). Chunks come in order. A chunk that does not start where the last one
 * ended is refused.
 */
export async function appendChunk(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
  id: string,
): Promise<void> {
  const upload = rooms.uploads.hold(id, repository, rooms.nowMs());
  try {
    checkContinues(exchange.request.headers['content-range'], upload);
    await rooms.uploads.append(upload, exchange.request);
  } finally {
    rooms.uploads.release(upload);
  }
  answer(exchange, 202, { ...formatProgress(upload), 'Content-Length': 0 });
}

/** PUT: the last chunk, if any, and the digest of the whole (end-6). */
export async function putUpload(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
  id: string,
): Promise<void> {
  const text = exchange.query.get('digest');
  if (text === null) throw new Refusal(400, 'DIGEST_INVALID', 'the digest is missing');
  const digest = requireDigest(text);
  const upload = rooms.uploads.hold(id, repository, rooms.nowMs());
  try {
    checkContinues(exchange.request.headers['content-range'], upload);
  } catch (thrown) {
    rooms.uploads.release(upload);
    throw thrown;
  }
  await finishUpload(rooms, exchange, upload, digest);
}

async function finishUpload(
  rooms: BlobServices,
  exchange: Exchange,
  upload: Upload,
  digest: Digest,
): Promise<void> {
  let undo: (() => void) | undefined;
  try {
    await rooms.uploads.append(upload, exchange.request);
    const isThere = (await rooms.storage.blobSize(upload.repository, digest)) !== null;
    if (!isThere) undo = await rooms.rules?.takeRoom(upload.repository, upload.size);
    const right = await rooms.uploads.finish(upload, digest);
    if (!right) throw new Refusal(400, 'DIGEST_INVALID', 'the bytes do not have the digest');
    await rooms.storage.keepBlob(upload.repository, digest, upload.path);
  } catch (thrown) {
    undo?.();
    await rooms.uploads.abandon(upload);
    throw thrown;
  }
  answerCreated(exchange, upload.repository, digest);
}

export function uploadStatus(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
  id: string,
): void {
  const upload = rooms.uploads.hold(id, repository, rooms.nowMs());
  rooms.uploads.release(upload);
  answer(exchange, 204, formatProgress(upload));
}

export async function cancelUpload(
  rooms: BlobServices,
  exchange: Exchange,
  repository: string,
  id: string,
): Promise<void> {
  await rooms.uploads.abandon(rooms.uploads.hold(id, repository, rooms.nowMs()));
  answer(exchange, 204, {});
}

function checkContinues(header: string | undefined, upload: Upload): void {
  if (header === undefined) return;
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/\S+)?$/.exec(header);
  if (match !== null && Number(match[1]) === upload.size) return;
  throw new Refusal(
    416,
    'BLOB_UPLOAD_INVALID',
    'the chunk does not continue the upload',
    formatProgress(upload),
  );
}

function formatProgress(upload: Upload): Record<string, string> {
  return {
    Location: `/v2/${upload.repository}/blobs/uploads/${upload.id}`,
    Range: `0-${Math.max(0, upload.size - 1)}`,
    'Docker-Upload-UUID': upload.id,
  };
}

function answerCreated(exchange: Exchange, repository: string, digest: Digest): void {
  const headers = {
    Location: `/v2/${repository}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  };
  answer(exchange, 201, { ...headers, 'Content-Length': 0 });
}
