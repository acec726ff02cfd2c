import { createHash, hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { type AdvisoryDocuments, readAdvisoryRecord } from '../../capabilities/advisories/index.ts';
import { type Digest, parseDigest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readFeed } from './read-feed.ts';
import { storeFailure } from './schema.ts';

/** A file of packed records. */
export interface PackedFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  readonly records: number;
}

/**
 * Packs what stands of the advisories in the log: of each record the newest form, as an import
 * would choose it. `known` are the lines that are left out (readLineKeys), for a delta.
 */
export async function packRecords(
  documents: AdvisoryDocuments,
  path: string,
  known: ReadonlySet<string> = new Set(),
): Promise<PackedFile> {
  const standing = await findStanding(documents);
  let records = 0;
  async function* lines(): AsyncGenerator<Buffer> {
    // Equal lines of two imports stand once.
    const written = new Set<string>();
    for await (const { number, line } of readLines(documents)) {
      if (!standing.has(number)) continue;
      const key = formatKey(line);
      // mutant delta-has-what-is-known by advisory-artifact: operand 1 -> false
      if (known.has(key) || written.has(key)) continue;
      written.add(key);
      records++;
      yield Buffer.concat([line, NEWLINE]);
    }
  }
  const compress = createZstdCompress({ params: ZSTD });
  try {
    await pipeline(Readable.from(lines()), compress, createWriteStream(path, { mode: 0o600 }));
    const { size } = await stat(path);
    const digest = createHash('sha256');
    for await (const piece of createReadStream(path)) digest.update(piece as Buffer);
    return { path, digest: orThrow(parseDigest(`sha256:${digest.digest('hex')}`)), size, records };
  } catch (thrown) {
    throw storeFailure(thrown, path, 'FILE_UNWRITABLE');
  }
}

const NEWLINE = Buffer.from('\n');

/**
 * A long window, because records of one package repeat each other far apart; every reader of zstd
 * takes 8 MiB (RFC 8878 §3.1.1.1.2).
 */
const ZSTD = {
  [constants.ZSTD_c_compressionLevel]: 15,
  [constants.ZSTD_c_windowLog]: 23,
  [constants.ZSTD_c_checksumFlag]: 1,
};

/** The lines of a packed file, as `packRecords` knows them. */
export async function readLineKeys(path: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const values of readFeed(path))
    for (const { json } of values) keys.add(formatKey(Buffer.from(JSON.stringify(orThrow(json)))));
  return keys;
}

function formatKey(line: Buffer): string {
  return hash('sha256', line, 'base64').slice(0, KEY_CHARACTERS);
}

/** 120 bits: no two records of a feed share them. */
const KEY_CHARACTERS = 20;

interface Line {
  readonly number: number;
  readonly line: Buffer;
  readonly recordedAt: Instant;
}

const BREATH_LINES = 512;

async function* readLines(documents: AdvisoryDocuments): AsyncGenerator<Line> {
  let number = 0;
  for (const { digest, recordedAt } of orThrow(await documents.listSince(0))) {
    const body = orThrow(await documents.read(digest));
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    for (let at = 0; at < bytes.length; ) {
      const next = bytes.indexOf(10, at);
      const end = next === -1 ? bytes.length : next;
      if (end > at) yield { number: number++, line: bytes.subarray(at, end), recordedAt };
      at = end + 1;
      if (number % BREATH_LINES === 0) await breathe();
    }
  }
}

interface Standing {
  readonly lines: readonly number[];
  readonly modified: Instant | null;
  readonly recordedAt: Instant;
}

/** The numbers of the lines that stand, by the rules of IndexWriter. */
async function findStanding(documents: AdvisoryDocuments): Promise<ReadonlySet<number>> {
  const byRecord = new Map<string, Standing>();
  for await (const { number, line, recordedAt } of readLines(documents)) {
    const json = parseJson(line, { bytesMax: LIMITS.advisoryBytesMax });
    const record = json.ok ? readAdvisoryRecord(json.value) : json;
    if (!record.ok) continue;
    const { id, modified, affected } = record.value.advisory;
    const places = new Set(affected.map(({ ecosystem }) => ecosystem));
    const key = [record.value.kind, id, ...[...places].sort()].join('\n');
    const before = byRecord.get(key);
    const isTwin = before?.recordedAt === recordedAt && before.modified === modified;
    if (before !== undefined && isOlder(modified, before, recordedAt)) continue;
    const lines = isTwin ? [...before.lines, number] : [number];
    byRecord.set(key, { lines, modified, recordedAt });
  }
  return new Set([...byRecord.values()].flatMap(({ lines }) => lines));
}

/** A date in the future orders nothing. */
function isOlder(modified: Instant | null, before: Standing, now: Instant): boolean {
  if (before.modified === null || before.modified > now) return false;
  return modified !== null && modified < before.modified;
}
