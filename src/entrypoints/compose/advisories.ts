import { dirname } from 'node:path';
import type { ImportOptions } from '../../adapters/advisories/index.ts';
import type { AdvisoryIndex, ThreatData } from '../../capabilities/advisories/index.ts';
import type { Instant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import type { Config } from '../config/config.ts';
import { catchUpAdvisories } from './advisory-catch-up.ts';
import { openImportLog } from './graph.ts';
import { readPart } from './installation.ts';
import { isThere } from './is-there.ts';

export interface OpenAdvisories {
  readonly index: AdvisoryIndex;
  readonly close: () => void;
}

/** The advisories, with everything that the log holds of them. */
export async function openAdvisories(config: Config): Promise<OpenAdvisories> {
  await catchUpAdvisories(config);
  return openStandingAdvisories(config);
}

/**
 * The index as it is, or the bundled sample if there is none. The sample reports that it is a
 * sample.
 */
export async function openStandingAdvisories(config: Config): Promise<OpenAdvisories> {
  if (!isThere(config.advisories)) {
    const { readSample } = await import('../../capabilities/advisories/index.ts');
    return {
      index: orThrow(readSample(readPart('data/advisories-sample.ndjson'))),
      close: () => undefined,
    };
  }
  const { openAdvisoryIndex } = await import('../../adapters/advisories/index.ts');
  const index = orThrow(openAdvisoryIndex(config.advisories));
  return { index, close: () => index.close() };
}

/**
 * Reads the whole index and checks it; the sample is part of this package and has nothing to check.
 */
export async function verifyAdvisories(config: Config): Promise<void> {
  if (!isThere(config.advisories)) return;
  const { openAdvisoryIndex } = await import('../../adapters/advisories/index.ts');
  const index = orThrow(openAdvisoryIndex(config.advisories));
  try {
    orThrow(index.verify());
  } finally {
    index.close();
  }
}

/** The feeds of a file or folder, as files; what is written for that goes into `spool`. */
export async function unfoldFeedSource(path: string, spool: string, signal: AbortSignal) {
  const { unfoldFeeds } = await import('../../adapters/advisories/index.ts');
  return unfoldFeeds(path, spool, signal);
}

/** What a file was found to say of exploitation, and whether it counts from now on. */
export interface ThreatImport {
  readonly kind: ThreatData['kind'];
  readonly version: string | null;
  readonly at: Instant | null;
  readonly count: number;
  /** False: what was imported before is newer, and stays. */
  readonly isUsed: boolean;
}

/** Takes a file that says what is exploited, of this kind or of any; null for every other file. */
export async function importThreats(
  config: Config,
  path: string,
  now: Instant,
  kind: ThreatData['kind'] | null = null,
): Promise<ThreatImport | null> {
  const { loadThreatFile } = await import('../../adapters/advisories/index.ts');
  const data = await loadThreatFile(path);
  // mutant scores-in-place-of-a-catalogue by advisory-threats: operand 2 -> false
  if (data === null || (kind !== null && data.kind !== kind)) return null;
  return keepThreats(config, data, now);
}

/** A file that says how long systems are supported. */
export interface SupportImport {
  readonly source: string;
  readonly releases: number;
}

/** Takes a file that says how long systems, or this one, are supported; null for all others. */
export async function importSupport(
  config: Config,
  path: string,
  os: string | null = null,
): Promise<SupportImport | null> {
  const { formatSupportPath, loadSupportFile, putSupport } = await import(
    '../../adapters/advisories/index.ts'
  );
  const data = loadSupportFile(path);
  // mutant support-of-another-system by update-support: operand 2 -> false
  if (data === null || (os !== null && data.terms.some((term) => term.os !== os))) return null;
  makeFolders(dirname(config.advisories), 0o700);
  putSupport(formatSupportPath(config.advisories), data);
  return { source: data.source, releases: data.terms.length };
}

/** Puts what one source says beside the index. */
export async function keepThreats(
  config: Config,
  data: ThreatData,
  now: Instant,
): Promise<ThreatImport> {
  const { formatThreatPath, putThreats } = await import('../../adapters/advisories/index.ts');
  makeFolders(dirname(config.advisories), 0o700);
  const isUsed = await putThreats(formatThreatPath(config.advisories), data, now);
  const { kind, version, at, entries } = data;
  return { kind, version, at, count: entries.length, isUsed };
}

/** Reads feeds into the evidence log and into the index, which is a projection of it. */
export async function importFeeds(config: Config, options: Omit<ImportOptions, 'path' | 'log'>) {
  const { importAdvisories } = await import('../../adapters/advisories/index.ts');
  const path = config.advisories;
  makeFolders(dirname(path), 0o700);
  await catchUpAdvisories(config);
  const log = await openImportLog(config);
  try {
    return await importAdvisories({ ...options, path, log });
  } finally {
    await log.close();
    // What others appended to the log while the import held the lock.
    await catchUpAdvisories(config);
  }
}
