import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import {
  createZipBudget,
  readZipEntry,
  streamZipDirectory,
  type ZipBudget,
  type ZipEntry,
  type ZipSource,
} from '../../formats/zip/zip.ts';
import { openByteSource } from '../../system/files/byte-source.ts';

/** One unpacked file of an archive, or the reason why it could not be unpacked. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Result<Uint8Array>;
  readonly writtenAt: Instant | null;
}

const FREE_BYTES = 64 * 1024 * 1024;

/**
 * The files of a zip archive whose names end with `.json`, in the order of its directory. A file
 * that cannot be unpacked is reported and skipped.
 */
export function* readZip(path: string): Generator<ZipMember> {
  const source = openByteSource(path);
  try {
    const budget = createZipBudget(LIMITS.advisoryFeedBytesMax, LIMITS.advisoryArchiveEntriesMax);
    for (const entry of streamZipDirectory(source, budget)) {
      if (!entry.name.endsWith('.json')) continue;
      const bytes = tryUnpack(source, entry, budget);
      checkExpansion(LIMITS.advisoryFeedBytesMax - budget.bytesLeft, source.size);
      yield { name: entry.name, bytes, writtenAt: entry.writtenAt };
    }
  } finally {
    source.close();
  }
}

/** Overlapping members can make a small archive endless. */
function checkExpansion(unpacked: number, packed: number): void {
  const isFree = unpacked <= FREE_BYTES || unpacked / packed <= LIMITS.compressionRatioMax;
  if (unpacked < LIMITS.advisoryFeedBytesMax && isFree) return;
  throw new Failure(
    'LIMIT_EXCEEDED',
    'the archive unpacks to more than the limit',
    'Download the archive again from its source.',
  );
}

function tryUnpack(source: ZipSource, entry: ZipEntry, budget: ZipBudget): Result<Uint8Array> {
  try {
    return ok(readZipEntry(source, entry, LIMITS.advisoryBytesMax, budget));
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return failed(thrown);
  }
}
