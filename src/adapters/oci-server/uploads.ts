import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, readAlgorithm } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { hashFile } from '../../system/files/hash-file.ts';
import { Refusal } from './refusal.ts';

export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  readonly file: FileHandle;
  readonly hash: Hash;
  size: number;
  busy: boolean;
  touchedMs: number;
}

export interface Uploads {
  begin(repository: string, nowMs: number): Promise<Upload>;
  /**
   * The upload, reserved for this request. Two requests never write to one upload at the same time.
   */
  hold(id: string, repository: string, nowMs: number): Upload;
  release(upload: Upload): void;
  append(upload: Upload, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** Syncs the file and says whether it has `digest`. The upload is over in both cases. */
  finish(upload: Upload, digest: Digest): Promise<boolean>;
  abandon(upload: Upload): Promise<void>;
  close(): Promise<void>;
}

const IDLE_MS = 60 * 60 * 1000;

/**
 * Uploads in progress. They live as long as the process: after a restart a client starts its blob
 * again (end-4).
 */
export function openUploads(scratch: string, bytesMax: number): Uploads {
  const all = new Map<string, Upload>();

  const abandon = async (upload: Upload) => {
    all.delete(upload.id);
    await upload.file.close().catch(() => undefined);
    await rm(upload.path, { force: true });
  };
  const dropIdle = async (nowMs: number) => {
    for (const upload of all.values())
      if (!upload.busy && nowMs - upload.touchedMs > IDLE_MS) await abandon(upload);
  };

  return {
    begin: async (repository, nowMs) => {
      await dropIdle(nowMs);
      if (all.size >= LIMITS.uploadsMax)
        throw new Refusal(429, 'TOOMANYREQUESTS', 'too many uploads are in progress');
      const upload = await createUpload(scratch, repository, nowMs);
      all.set(upload.id, upload);
      return upload;
    },
    hold: (id, repository, nowMs) => {
      const upload = all.get(id);
      if (upload === undefined || upload.repository !== repository) {
        throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
      }
      if (upload.busy)
        throw new Refusal(409, 'BLOB_UPLOAD_INVALID', 'another request is writing to this upload');
      upload.busy = true;
      upload.touchedMs = nowMs;
      return upload;
    },
    release: (upload) => {
      upload.busy = false;
    },
    append: async (upload, body) => {
      for await (const chunk of body) {
        if (upload.size + chunk.length > bytesMax)
          throw new Refusal(413, 'SIZE_INVALID', 'the blob is too large');
        await upload.file.appendFile(chunk);
        upload.hash.update(chunk);
        upload.size += chunk.length;
      }
    },
    finish: async (upload, digest) => {
      await upload.file.sync();
      await upload.file.close();
      all.delete(upload.id);
      const algorithm = readAlgorithm(digest);
      const hex =
        algorithm === 'sha256'
          ? upload.hash.digest('hex')
          : (await hashFile(upload.path, algorithm)).hex;
      return `${algorithm}:${hex}` === digest;
    },
    abandon,
    close: async () => {
      for (const upload of [...all.values()]) await abandon(upload);
    },
  };
}

async function createUpload(scratch: string, repository: string, nowMs: number): Promise<Upload> {
  const id = randomUUID();
  const path = join(scratch, id);
  return {
    id,
    repository,
    path,
    file: await open(path, 'wx', 0o600),
    hash: createHash('sha256'),
    size: 0,
    busy: true,
    touchedMs: nowMs,
  };
}
