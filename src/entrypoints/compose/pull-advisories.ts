import { join } from 'node:path';
import {
  type FeedCoverage,
  type IndexDescription,
  planIndexReads,
} from '../../capabilities/advisories/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import {
  importFeeds,
  keepThreats,
  openAdvisories,
  type SupportImport,
  type ThreatImport,
} from './advisories.ts';
import { type IndexPlace, saveRecords, verifyIndex } from './advisory-artifact.ts';
import { openCommandClient } from './command-registry.ts';
import { openLayoutImage } from './registry.ts';
import { readSeenIndex, rememberIndex, type SeenIndex } from './seen-index.ts';
import { parseTarget } from './targets.ts';
import type { UpdateCall, UpdateOutcome } from './update-advisories.ts';

/** Whether a place is an artifact, and not the address of plain files. */
export function isIndexName(from: string): boolean {
  return /^(?:oci|oci-archive):/.test(from);
}

export interface PullCall
  extends Omit<UpdateCall, 'onProgress' | 'ca' | 'exploitation' | 'support'> {
  /** For an artifact on disk: the repository whose trust counts. */
  readonly as: string | null;
  readonly cwd: string;
  /** A folder for what is read; its owner removes it. */
  readonly spool: string;
}

export interface PullOutcome extends UpdateOutcome {
  readonly number: number;
}

/**
 * Imports a signed index: only the changes where the index before it was imported here. One that is
 * unsigned, or older than one of the same repository that was imported before, is refused, and what
 * is here stays as it is.
 */
export async function pullAdvisories(config: Config, call: PullCall): Promise<PullOutcome> {
  const { close, ...place } = await openIndexPlace(config, call);
  try {
    const verified = await verifyIndex(config, place, call.signal);
    const { subject, description, threats: blobs } = verified;
    const repository = formatRepository(place.reference);
    const seen = readSeenIndex(config, repository);
    refuseOlder(repository, description.number, subject.digest, seen);
    const coverage = await readOwnCoverage(config);
    const isThere = coverage.some(({ feed }) =>
      description.coverage.some((one) => one.feed === feed),
    );
    const reads = planIndexReads(description, isThere ? seen?.number || null : null);
    const imported = await importReads(config, place, description, reads, call);
    const isKnown = seen?.digest === subject.digest;
    const threats = isKnown ? [] : await pullThreats(config, place, blobs, call.signal);
    const support =
      isKnown || verified.support === null
        ? []
        : await pullSupport(config, place, verified.support, call.signal);
    rememberIndex(config, repository, {
      ...seen,
      number: description.number,
      digest: subject.digest,
    });
    const how =
      reads.length === 0 ? 'nothing' : reads[0] === description.whole ? 'whole' : 'changes';
    const bytes = [...reads, ...(isKnown ? [] : blobs)].reduce((sum, { size }) => sum + size, 0);
    const updated = [{ ecosystem: 'all', how, bytes, records: description.records } as const];
    const common = { from: call.from, updated, absent: [], failed: [], imported };
    return { ...common, threats, support, number: description.number };
  } finally {
    close();
  }
}

/** Opens `oci://REGISTRY/REPOSITORY[:TAG]`, `oci:DIR` or `oci-archive:FILE`. */
export async function openIndexPlace(
  config: Config,
  { from, as, env, cwd }: Pick<PullCall, 'from' | 'as' | 'env' | 'cwd'>,
): Promise<IndexPlace & { readonly close: () => void }> {
  const name = /^oci:\/\/(.+)$/s.exec(from)?.[1];
  if (name !== undefined) {
    const source = await openCommandClient(config, env);
    return { source, reference: orThrow(parseImageReference(name)), close: () => source.close() };
  }
  if (as === null)
    throw new Failure(
      'USAGE',
      `${from} does not say whose it is`,
      'Name the repository that it was packed for: --as registry.example.com/security/advisories.',
    );
  const { source, root } = await openLayoutImage(parseTarget(from, cwd).text);
  const scope: ImageReference = orThrow(parseImageReference(as));
  const reference = { ...scope, tag: null, digest: root.digest };
  return { source, reference, close: () => void source.close().catch(() => undefined) };
}

function refuseOlder(
  repository: string,
  number: number,
  digest: string,
  seen: SeenIndex | null,
): void {
  if (seen === null || number > seen.number) return;
  if (number === seen.number && digest === seen.digest) return;
  const what = number < seen.number ? 'an older index' : 'another index of the same number';
  // mutant older-index-is-taken by advisory-artifact: remove
  throw new Failure(
    'EVIDENCE_REJECTED',
    `${repository} has ${what}: ${number}, and ${seen.number} was imported here`,
    'Ask who publishes it; the index that is here stays.',
  );
}

async function readOwnCoverage(config: Config): Promise<readonly FeedCoverage[]> {
  const { index, close } = await openAdvisories(config);
  close();
  return index.info().source === 'imported' ? index.info().coverage : [];
}

async function importReads(
  config: Config,
  place: IndexPlace,
  description: IndexDescription,
  reads: ReturnType<typeof planIndexReads>,
  { spool, signal, onRecords }: PullCall,
): Promise<UpdateOutcome['imported']> {
  const sources: string[] = [];
  for (const [at, records] of reads.entries()) {
    const path = join(spool, `records-${at}.ndjson.zst`);
    await saveRecords(place, records, path, signal);
    if (await hasRecords(path)) sources.push(path);
  }
  const importedAt = toInstant(Date.now());
  const coverage = description.coverage.map((feed) => ({ ...feed, importedAt }));
  const feed = formatRepository(place.reference);
  return orThrow(
    await importFeeds(config, {
      ...{ sources, signal, now: importedAt, nameFeed: () => feed },
      describeFeed: () => [],
      confirmed: coverage,
      onProgress: ({ records }) => onRecords(records),
    }),
  );
}

/** What the index has beside its records. What was imported here and is newer stays. */
async function pullThreats(
  config: Config,
  { source, reference }: IndexPlace,
  blobs: readonly Descriptor[],
  signal: AbortSignal,
): Promise<readonly ThreatImport[]> {
  const { unpackThreats } = await import('../../adapters/advisories/index.ts');
  const repository = formatRepository(reference);
  const taken: ThreatImport[] = [];
  for (const blob of blobs) {
    const bytes = orThrow(
      await source.blobBytes(repository, blob, LIMITS.threatFileBytesMax, { signal }),
    );
    const data = orThrow(unpackThreats(bytes));
    if (data !== null) taken.push(await keepThreats(config, data, toInstant(Date.now())));
  }
  return taken;
}

async function pullSupport(
  config: Config,
  { source, reference }: IndexPlace,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<readonly SupportImport[]> {
  const { formatSupportPath, putSupport, unpackSupport } = await import(
    '../../adapters/advisories/index.ts'
  );
  const repository = formatRepository(reference);
  const bytes = orThrow(
    await source.blobBytes(repository, blob, LIMITS.supportFileBytesMax, { signal }),
  );
  const terms = orThrow(unpackSupport(bytes));
  putSupport(formatSupportPath(config.advisories), { terms });
  return [{ source: repository, releases: terms.length }];
}

/** Changes may be none: then only the age of the data is new. */
async function hasRecords(path: string): Promise<boolean> {
  const { readFeed } = await import('../../adapters/advisories/index.ts');
  for await (const values of readFeed(path)) for (const _ of values) return true;
  return false;
}
