import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  recogniseThreats,
  type ThreatData,
  writeThreats,
} from '../../capabilities/advisories/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { storeFailure } from './schema.ts';
import { formatThreatPath, listThreats } from './threat-store.ts';

/** What one source says of exploitation, packed into a file. */
export interface PackedThreats {
  readonly kind: ThreatData['kind'];
  readonly version: ThreatData['version'];
  readonly at: ThreatData['at'];
  readonly count: number;
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Packs what is beside an index into `folder`, a file for each source. */
export async function packThreats(
  index: string,
  folder: string,
): Promise<readonly PackedThreats[]> {
  const packed: PackedThreats[] = [];
  for (const data of listThreats(formatThreatPath(index))) {
    const { kind, version, at, entries } = data;
    const bytes = zstdCompressSync(writeThreats(data), { params: ZSTD });
    const path = join(folder, `${kind}.zst`);
    try {
      await writeFile(path, bytes, { mode: 0o600 });
    } catch (thrown) {
      throw storeFailure(thrown, path, 'FILE_UNWRITABLE');
    }
    const named = { kind, version, at, count: entries.length };
    packed.push({ ...named, path, digest: sha256(bytes), size: bytes.length });
  }
  return packed;
}

const ZSTD = {
  [constants.ZSTD_c_compressionLevel]: 12,
  [constants.ZSTD_c_checksumFlag]: 1,
};

/**
 * Null for a source that is not known here: a newer Waybill may pack more. Fails with MALFORMED for
 * what is cut, too large, or not what it looks like.
 */
export function unpackThreats(bytes: Uint8Array): Result<ThreatData | null> {
  const text = unpackText(bytes);
  if (text === null)
    return fail(
      'MALFORMED',
      'what a packed index says of exploitation cannot be unpacked',
      'Ask who publishes the index to pack it again.',
    );
  const format = recogniseThreats(text.slice(0, START_CHARACTERS));
  return format === null ? ok(null) : format.read(text);
}

const START_CHARACTERS = 4_096;

function unpackText(bytes: Uint8Array): string | null {
  try {
    const options = { maxOutputLength: LIMITS.threatFileBytesMax };
    return zstdDecompressSync(bytes, options).toString('utf8');
  } catch {
    return null;
  }
}
