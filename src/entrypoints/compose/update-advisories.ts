import { join } from 'node:path';
import type {
  EcosystemState,
  ExportFolder,
  FetchedEcosystem,
} from '../../adapters/advisory-export/index.ts';
import {
  coverExport,
  type FeedCoverage,
  isExportName,
  OSV_EXPORT,
  parseEcosystemList,
  takeFamily,
  WITHDRAWN_FOLDER,
} from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { attempt, orThrow } from '../../core/result.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import type { Config, Environment } from '../config/config.ts';
import {
  importFeeds,
  openAdvisories,
  type SupportImport,
  type ThreatImport,
} from './advisories.ts';
import type { NeededEcosystems } from './needed-ecosystems.ts';
import { updateSupport } from './update-support.ts';
import { updateThreats } from './update-threats.ts';

export interface UpdateCall {
  /** The base of an export; without it, OSV's. */
  readonly from: string;
  readonly env: Environment;
  /** A file with certificates to trust beside those of Node.js; null: none. */
  readonly ca: string | null;
  /** Whether what is known of exploitation (KEV, EPSS) is updated too. */
  readonly exploitation: boolean;
  /** Whether ends of support of the needed systems are updated too. */
  readonly support: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (ecosystem: string, bytes: number, total: number | null) => void;
  readonly onRecords: (records: number) => void;
}

/** What an update did with one ecosystem. */
export interface UpdatedEcosystem {
  readonly ecosystem: string;
  readonly how: FetchedEcosystem['how'];
  readonly bytes: number;
  /** Records of the export; null where its list did not change. */
  readonly records: number | null;
}

export interface UpdateOutcome {
  readonly from: string;
  readonly updated: readonly UpdatedEcosystem[];
  /** Needed, and not in this export. */
  readonly absent: readonly string[];
  readonly failed: readonly { readonly target: string; readonly failure: Failure }[];
  readonly imported: FeedImport;
  /** What was new of exploitation. */
  readonly threats: readonly ThreatImport[];
  /** What was new of the support of systems. */
  readonly support: readonly SupportImport[];
}

type FeedImport = Extract<Awaited<ReturnType<typeof importFeeds>>, { readonly ok: true }>['value'];

/** Where what belongs to updates is kept. */
export function nameUpdateFolder({ home }: Config): string {
  return join(home, 'advisory-updates');
}

/**
 * Brings the index to what an export has of the needed ecosystems, and of those that an earlier
 * update brought. One that fails does not end the others; what was read of all of them is imported
 * together, and remembered only when it is in the index. Throws the first failure where none
 * succeeded.
 */
export async function updateAdvisories(
  config: Config,
  needed: NeededEcosystems,
  call: UpdateCall,
): Promise<UpdateOutcome> {
  const { openExportFolder, openExportSession } = await import(
    '../../adapters/advisory-export/index.ts'
  );
  const { takeUpdateLock } = await import('../../adapters/advisories/index.ts');
  const base = parseBase(call.from);
  const insecureHosts = Object.entries(config.registries).flatMap(([host, { insecure }]) =>
    insecure === true ? [host] : [],
  );
  const ca = call.ca === null ? {} : { ca: [readCertificates(call.ca)] };
  const options = { env: call.env, insecureHosts, ...ca };
  const session = openExportSession({ ...options, base });
  const folder = openExportFolder(nameUpdateFolder(config), base);
  const lock = takeUpdateLock(folder.path);
  try {
    const before = await readCoverage(config);
    const outcome = await updateFrom({ config, session, folder, call, before }, needed);
    const beside = { base, options, root: nameUpdateFolder(config), signal: call.signal };
    const names = outcome.updated.map(({ ecosystem }) => ecosystem);
    const threats = call.exploitation ? await updateThreats(config, beside) : NO_THREATS;
    const support = call.support ? await updateSupport(config, beside, names) : NO_SUPPORT;
    return {
      ...{ ...outcome, threats: threats.threats, support: support.support },
      failed: [...outcome.failed, ...threats.failed, ...support.failed],
    };
  } finally {
    session.close();
    lock.close();
  }
}

const NO_THREATS = { threats: [], failed: [] };
const NO_SUPPORT = { support: [], failed: [] };

function parseBase(from: string): URL {
  const text = from.endsWith('/') ? from : `${from}/`;
  if (URL.canParse(text)) return new URL(text);
  const remedy = 'Write https://HOST/PATH/ for plain files, or oci://REGISTRY/REPOSITORY:TAG.';
  throw new Failure('USAGE', `${JSON.stringify(from.slice(0, 100))} is no address`, remedy);
}

function readCertificates(file: string): string {
  return Buffer.from(readSmallFile(file, LIMITS.configBytesMax)).toString('utf8');
}

async function readCoverage(config: Config): Promise<readonly FeedCoverage[]> {
  const { index, close } = await openAdvisories(config);
  close();
  const { source, coverage } = index.info();
  return source === 'imported' ? coverage : [];
}

type Session = ReturnType<
  typeof import('../../adapters/advisory-export/index.ts')['openExportSession']
>;

interface Updating {
  readonly config: Config;
  readonly session: Session;
  readonly folder: ExportFolder;
  readonly call: UpdateCall;
  readonly before: readonly FeedCoverage[];
}

async function updateFrom(
  updating: Updating,
  needed: NeededEcosystems,
): Promise<Omit<UpdateOutcome, 'threats' | 'support'>> {
  const { folder, call } = updating;
  const known = folder.read();
  const wanted = [...new Set([...needed.keys(), ...Object.keys(known)])].sort();
  const all = wanted.filter((name) => name !== WITHDRAWN_FOLDER);
  if (all.length === 0) throw nothingNeeded();
  const published = await readPublished(updating);
  const isAbsent = (name: string): boolean =>
    !isExportName(name) || (published !== null && !published.has(name));
  const fetched: FetchedEcosystem[] = [];
  const failed: { target: string; failure: Failure }[] = [];
  const now = toInstant(Date.now());
  for (const ecosystem of [...all.filter((name) => !isAbsent(name)), WITHDRAWN_FOLDER]) {
    const one = await attempt(() => fetchOne(updating, ecosystem, now));
    if (call.signal.aborted) throw interrupted();
    if (one.ok) fetched.push(one.value);
    // Not every mirror has the records without an ecosystem.
    else if (ecosystem !== WITHDRAWN_FOLDER || one.failure.code !== 'NOT_FOUND')
      failed.push({ target: ecosystem, failure: one.failure });
  }
  const [first] = failed;
  const absent = all.filter(isAbsent);
  if (fetched.every(({ ecosystem }) => ecosystem === WITHDRAWN_FOLDER))
    throw first?.failure ?? noneThere(absent, updating.session.base);
  const imported = await importFetched(updating, fetched, now);
  const updated = fetched.map(({ ecosystem, how, bytes, listed }) => ({
    ...{ ecosystem, how, bytes, records: listed },
  }));
  return { from: updating.session.base.href, updated, absent, failed, imported };
}

function fetchOne(
  { folder, session, call, before }: Updating,
  ecosystem: string,
  now: Instant,
): Promise<FetchedEcosystem> {
  const feed = nameFeed(session.base, ecosystem);
  const isThere = ecosystem === WITHDRAWN_FOLDER || before.some((one) => one.feed === feed);
  // mutant state-without-its-index by update-advisories: condition -> true
  const state = isThere ? (getOwn(folder.read(), ecosystem) ?? null) : null;
  return import('../../adapters/advisory-export/index.ts').then(({ fetchEcosystem }) =>
    fetchEcosystem(session, folder, ecosystem, state, {
      ...{ now, signal: call.signal },
      onProgress: (bytes, total) => call.onProgress(ecosystem, bytes, total),
    }),
  );
}

/** `osv-vulnerabilities.storage.googleapis.com/npm`: the same for all states of the feed. */
function nameFeed({ host, pathname }: URL, ecosystem: string): string {
  return `${host}${pathname}${ecosystem}`;
}

/** Null where the export has no list of its ecosystems. */
async function readPublished({ session, call }: Updating): Promise<ReadonlySet<string> | null> {
  const bytesMax = LIMITS.configBytesMax;
  const read = await attempt(() =>
    session.read('ecosystems.txt', null, { bytesMax, signal: call.signal }),
  );
  if (call.signal.aborted) throw interrupted();
  if (!read.ok && read.failure.code !== 'NOT_FOUND') throw read.failure;
  const text = read.ok ? Buffer.from(read.value?.bytes ?? '').toString('utf8') : '';
  const names = parseEcosystemList(text);
  return names.length === 0 ? null : new Set(names.map(takeFamily));
}

async function importFetched(
  { config, session, folder, call, before }: Updating,
  fetched: readonly FetchedEcosystem[],
  importedAt: Instant,
): Promise<FeedImport> {
  const bySource = new Map(fetched.flatMap((one) => one.paths.map((path) => [path, one])));
  const surveyedAll = new Map<string, readonly FeedCoverage[]>();
  const cover = (one: FetchedEcosystem, surveyed: readonly FeedCoverage[]) => {
    const { ecosystem, listed, listedAt } = one;
    if (ecosystem === WITHDRAWN_FOLDER) return [];
    const feed = nameFeed(session.base, ecosystem);
    const exportedAt = dateExport(session.base, listedAt, importedAt);
    const standing = one.how === 'whole' ? [] : before;
    return coverExport({ ecosystem, feed, listed, exportedAt, importedAt }, standing, surveyed);
  };
  const sources = [...bySource.keys()];
  const options = {
    ...{ sources, now: importedAt, signal: call.signal },
    nameFeed: (source: string) => nameFeed(session.base, bySource.get(source)?.ecosystem ?? ''),
    describeFeed: (source: string, surveyed: readonly FeedCoverage[]) => {
      const one = bySource.get(source);
      // Records beside an archive belong to what it covers.
      if (one === undefined || one.paths[0] !== source) return [];
      surveyedAll.set(one.ecosystem, surveyed);
      return cover(one, surveyed);
    },
    confirmed: fetched.filter(({ how }) => how === 'nothing').flatMap((one) => cover(one, [])),
    onProgress: ({ records }: { readonly records: number }) => call.onRecords(records),
  };
  const imported = orThrow(await importFeeds(config, options));
  for (const one of fetched) {
    const next = nextState(one, surveyedAll.get(one.ecosystem) ?? [], imported.rejected);
    if (next !== null) folder.remember(one.ecosystem, next);
    await one.remove();
  }
  return imported;
}

/**
 * When an export was as it is: OSV's own is asked, and what it says is of this moment. A mirror
 * says when it copied its list, if it says anything: one that is no longer kept looks as old as it
 * is.
 */
function dateExport(base: URL, listedAt: string | null, now: Instant): Instant | null {
  // mutant mirror-is-always-fresh by update-advisories: condition -> true
  if (base.href === OSV_EXPORT) return now;
  const at = Date.parse(listedAt ?? '');
  return at >= 0 && at <= now ? toInstant(at) : null;
}

/**
 * What is in the index now. An archive may be older than the list that was read beside it: then the
 * list is read again the next time. Null: nothing changed.
 */
function nextState(
  { ecosystem, how, list, newest }: FetchedEcosystem,
  surveyed: readonly FeedCoverage[],
  rejected: number,
): EcosystemState | null {
  if (how === 'nothing') return newest === null ? null : { list, until: newest };
  if (how === 'changes') return rejected > 0 ? null : { list, until: newest ?? toInstant(0) };
  const dates = surveyed.flatMap((one) =>
    takeFamily(one.ecosystem) === ecosystem ? (one.newest ?? []) : [],
  );
  const until = dates.reduce((one, other) => (one > other ? one : other), toInstant(0));
  if (ecosystem === WITHDRAWN_FOLDER) return { list, until: newest ?? until };
  const isLevel = newest === null || until >= newest;
  return { list: isLevel ? list : null, until };
}

function nothingNeeded(): Failure {
  return new Failure(
    'USAGE',
    'nothing says which ecosystems are needed: the graph has no component yet',
    'Name what you have, such as a folder or an image: waybill advisories update . ' +
      'Or name ecosystems: --ecosystem npm.',
  );
}

function noneThere(absent: readonly string[], base: URL): Failure {
  return new Failure(
    'NOT_FOUND',
    `${base.host} has no advisories for ${absent.slice(0, 20).join(', ') || 'any ecosystem'}`,
    'Names are those of OSV, such as npm, PyPI, Go, Debian; see ecosystems.txt of the export.',
  );
}

function interrupted(): Failure {
  const remedy = 'Start it again: what was downloaded is used, and the index is as it was.';
  return new Failure('INTERRUPTED', 'the update was stopped', remedy);
}
