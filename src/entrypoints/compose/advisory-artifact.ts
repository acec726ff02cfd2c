import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackedSupport, PackedThreats } from '../../adapters/advisories/index.ts';
import {
  type FeedCoverage,
  formatIndexDescription,
  INDEX_ARTIFACT_TYPE,
  INDEX_DESCRIPTION_TYPE,
  INDEX_RECORDS_TYPE,
  INDEX_SUPPORT_TYPE,
  INDEX_THREATS_TYPE,
  type IndexDescription,
  listStanding,
  type PackedRecords,
  parseIndexDescription,
} from '../../capabilities/advisories/index.ts';
import {
  type ArtifactSource,
  type ArtifactTarget,
  buildImageManifest,
  pullManifest,
  toContent,
} from '../../capabilities/registry/index.ts';
import type { SigningKey } from '../../capabilities/signing/index.ts';
import { formatCount } from '../../core/count.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { judgeArtifact } from '../../gates/image-evidence/index.ts';
import type { Config } from '../config/config.ts';
import { openAdvisories } from './advisories.ts';
import { findGraphPlace } from './graph-place.ts';
import { pushSigned } from './push-signed.ts';
import { readSeenIndex } from './seen-index.ts';
import { loadTrust } from './trust.ts';

/** A packed index where it is, and how to read it. */
export interface IndexPlace {
  readonly source: ArtifactSource;
  readonly reference: ImageReference;
}

export interface VerifiedIndex {
  readonly subject: Descriptor;
  readonly description: IndexDescription;
  /** What it has beside its records: a blob for each source that says what is exploited. */
  readonly threats: readonly Descriptor[];
  /** How long systems are supported; null where it does not say. */
  readonly support: Descriptor | null;
}

/**
 * The description of a packed index, when it is signed by somebody who is trusted to state
 * `advisories` for its repository. Fails with EVIDENCE_REJECTED if it is not.
 */
export async function verifyIndex(
  config: Config,
  { source, reference }: IndexPlace,
  signal: AbortSignal,
): Promise<VerifiedIndex> {
  const trust = orThrow(await loadTrust(config));
  const repository = formatRepository(reference);
  const now = toInstant(Date.now());
  const options = { signal };
  const ports = { source, trust };
  const judged = await judgeArtifact(reference, 'advisories', now, ports, options);
  const { subject, standing } = orThrow(judged);
  if (standing.kind === 'undetermined') throw standing.cause;
  // mutant unsigned-index-is-taken by advisory-artifact: condition -> false
  if (standing.kind !== 'counts')
    throw new Failure(
      'EVIDENCE_REJECTED',
      `the advisory index of ${repository} does not count: ${standing.why}`,
      `Trust its signer for it: waybill trust add --statement advisories --repository ${repository}.`,
    );
  const { manifest } = orThrow(await pullManifest(source, repository, subject, options));
  if (manifest.kind !== 'image' || manifest.config.mediaType !== INDEX_DESCRIPTION_TYPE)
    throw new Failure(
      'UNSUPPORTED',
      `${repository} has no advisory index there`,
      'Name what waybill advisories push made.',
    );
  const bytes = orThrow(
    await source.blobBytes(repository, manifest.config, LIMITS.documentBytesMax, options),
  );
  const threats = manifest.layers.filter(({ mediaType }) => mediaType === INDEX_THREATS_TYPE);
  // mutant many-blobs-beside-an-index by advisory-threats: condition -> false
  if (threats.length > THREAT_BLOBS_MAX)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the index of ${repository} has ${threats.length} blobs of what is exploited`,
      'Ask who publishes it to pack it again.',
    );
  const support = manifest.layers.find(({ mediaType }) => mediaType === INDEX_SUPPORT_TYPE);
  const description = orThrow(parseIndexDescription(bytes));
  return { subject, description, threats, support: support ?? null };
}

/** More than there are sources: a newer Waybill may know another one. */
const THREAT_BLOBS_MAX = 8;

/** Where a packed index is written. */
export interface IndexTarget extends IndexPlace {
  readonly target: ArtifactTarget;
  readonly tag: string | null;
}

export interface PackCall {
  readonly key: SigningKey;
  /** A folder for what is made; its owner removes it. */
  readonly spool: string;
  /** What the new index follows; null: nothing. */
  readonly previous: (IndexPlace & VerifiedIndex) | null;
  /** Instead of the number behind that of the previous index. */
  readonly number: number | null;
  readonly signal: AbortSignal;
}

export interface PackedIndex {
  readonly description: IndexDescription;
  readonly manifest: Digest;
  readonly signature: Digest;
  /** All that a client without an earlier index reads. */
  readonly size: number;
  readonly threats: readonly PackedThreats[];
}

/**
 * Packs what stands in the log, with the changes since the previous index, signs it, and only then
 * gives it its tag: nobody finds it unsigned.
 */
export async function packIndex(
  config: Config,
  { target, reference, tag }: IndexTarget,
  call: PackCall,
): Promise<PackedIndex> {
  const { key, signal } = call;
  const coverage = await readCoverage(config);
  const number = await chooseNumber(config, reference, call);
  const packed = await packFiles(config, number, call);
  const packedAt = toInstant(Date.now());
  const { whole, deltas, records, files, threats, support } = packed;
  const description = { number, packedAt, records, coverage, whole, deltas };
  const contents = toContent(INDEX_DESCRIPTION_TYPE, formatIndexDescription(description));
  const layers = [
    ...[whole, ...deltas].map(({ digest, size }) => toLayer({ digest, size })),
    ...threats.map(({ digest, size }) => toLayer({ digest, size }, INDEX_THREATS_TYPE)),
    ...support.map(({ digest, size }) => toLayer({ digest, size }, INDEX_SUPPORT_TYPE)),
  ];
  const manifest = buildImageManifest({
    ...{ artifactType: INDEX_ARTIFACT_TYPE, config: contents.descriptor, layers },
    annotations: { 'dev.waybill.advisories.number': `${number}` },
  });
  const repository = formatRepository(reference);
  const options = { signal };
  for (const { digest, size, path } of [...files, ...threats, ...support]) {
    const open = () => createReadStream(path) as AsyncIterable<Uint8Array>;
    const blob = { descriptor: toLayer({ digest, size }), open };
    orThrow(await target.pushBlob(repository, blob, options));
  }
  orThrow(await target.pushBlob(repository, contents, options));
  const place = { target, repository, tag };
  const { subject, signature } = await pushSigned(place, manifest, { key, at: packedAt, signal });
  const own = { description, manifest: subject.digest, signature };
  const parts = [whole, contents.descriptor, manifest.descriptor, ...threats, ...support];
  return { ...own, threats, size: parts.reduce((sum, part) => sum + part.size, 0) };
}

function toLayer({ digest, size }: PackedRecords, mediaType = INDEX_RECORDS_TYPE): Descriptor {
  return { mediaType, digest, size };
}

async function readCoverage(config: Config): Promise<IndexDescription['coverage']> {
  const { index, close } = await openAdvisories(config);
  close();
  const { source, rejected, coverage } = index.info();
  if (source !== 'imported')
    throw new Failure(
      'NOT_FOUND',
      'there is no advisory index to pack',
      'Make one first: waybill advisories update, or waybill advisories import.',
    );
  // mutant index-with-holes-is-packed by advisory-artifact: condition -> false
  if (rejected > 0)
    throw new Failure(
      'FACT_UNKNOWN',
      `${formatCount(rejected, 'record')} of the imported feeds could not be read, and others would not know`,
      'See which: waybill advisories import prints them. Import their feeds again when they are fixed.',
    );
  const standing = new Set<FeedCoverage>(listStanding(coverage));
  return coverage
    .filter((feed) => standing.has(feed))
    .map(({ importedAt: _, ...feed }) => ({ ...feed, databases: [...feed.databases] }));
}

async function chooseNumber(
  config: Config,
  reference: ImageReference,
  { previous, number }: PackCall,
): Promise<number> {
  const seen = readSeenIndex(config, formatRepository(reference));
  const own = Math.max(seen?.number ?? 0, seen?.packed ?? 0);
  const last = Math.max(previous?.description.number ?? 0, own);
  if (number === null) return last + 1;
  if (number > last) return number;
  throw new Failure(
    'USAGE',
    `number ${number} is not above ${last}, and no client would take it`,
    `Leave --number out, or give ${last + 1}.`,
  );
}

interface PackedFiles {
  readonly whole: PackedRecords;
  readonly deltas: IndexDescription['deltas'];
  readonly records: number;
  readonly files: readonly (PackedRecords & { readonly path: string })[];
  readonly threats: readonly PackedThreats[];
  /** One or none. */
  readonly support: readonly PackedSupport[];
}

async function packFiles(config: Config, number: number, call: PackCall): Promise<PackedFiles> {
  const { spool, previous } = call;
  const { packRecords, packSupport, packThreats, readLineKeys } = await import(
    '../../adapters/advisories/index.ts'
  );
  const { openLogDocuments } = await import('../../adapters/graph-sql/log/index.ts');
  const documents = orThrow(await openLogDocuments(findGraphPlace(config)));
  if (documents === null)
    throw new Failure(
      'NOT_FOUND',
      `${config.home} has no evidence log, which the advisories are packed from`,
      'Import them here: waybill advisories update.',
    );
  try {
    const whole = await packRecords(documents, join(spool, 'whole.zst'));
    const { digest, size, records } = whole;
    const threats = await packThreats(config.advisories, spool);
    const support = [packSupport(config.advisories, spool)].filter((one) => one !== null);
    const own = { whole: { digest, size }, records, threats, support };
    if (previous === null) return { ...own, deltas: [], files: [whole] };
    const before = join(spool, 'before.zst');
    await saveRecords(previous, previous.description.whole, before, call.signal);
    const known = await readLineKeys(before);
    const delta = await packRecords(documents, join(spool, 'delta.zst'), known);
    const from = previous.description.number;
    const last = { from, to: number, digest: delta.digest, size: delta.size };
    const kept = keepDeltas([...previous.description.deltas, last], whole.size);
    const files = [whole, delta];
    for (const [at, one] of kept.entries()) {
      if (one.digest === delta.digest) continue;
      const path = join(spool, `kept-${at}.zst`);
      await saveRecords(previous, one, path, call.signal);
      files.push({ ...one, path, records: 0 });
    }
    return { ...own, deltas: kept, files };
  } finally {
    await documents.close();
  }
}

/** The last changes, as long as reading them is cheaper than reading everything. */
function keepDeltas(
  deltas: IndexDescription['deltas'],
  wholeBytes: number,
): IndexDescription['deltas'] {
  const kept: IndexDescription['deltas'][number][] = [];
  let bytes = 0;
  for (const delta of deltas.toReversed().slice(0, LIMITS.advisoryDeltasMax)) {
    bytes += delta.size;
    if (bytes > Math.max(wholeBytes / 2, SMALL_BYTES)) break;
    kept.unshift(delta);
  }
  return kept;
}

const SMALL_BYTES = 64 * 1024;

/** Writes records of a packed index to a file; their digest and size are checked on the way. */
export async function saveRecords(
  { source, reference }: IndexPlace,
  records: PackedRecords,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { digest, size } = records;
  if (size > LIMITS.advisoryDownloadBytesMax)
    throw new Failure('LIMIT_EXCEEDED', 'the packed index is too large', 'Pack less.');
  const repository = formatRepository(reference);
  const blob = orThrow(await source.blob(repository, toLayer({ digest, size }), { signal }));
  const { toFileFailure } = await import('../../system/files/errno.ts');
  try {
    await writeFile(path, blob, { mode: 0o600 });
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  }
}
