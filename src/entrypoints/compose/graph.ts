import { resolve } from 'node:path';
import type { CopyOptions, GraphPlace } from '../../adapters/graph-sql/index.ts';
import type { GraphPorts } from '../../capabilities/graph/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { attempt, fail, orThrow, type Result } from '../../core/result.ts';
import type { DeskPorts } from '../../gates/desk/index.ts';
import type { ReleaseFacts } from '../../phases/build/index.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import type { Config } from '../config/config.ts';
import { findGraphPlace, mayHaveLog } from './graph-place.ts';
import { isThere } from './is-there.ts';

interface LedgerOptions {
  readonly ports?: GraphPorts;
  /** Of the pages of the database, in kB; what is not in it is not mapped either. */
  readonly cacheKb?: number;
}

/** An import writes in the order of the log and reads little again. */
const IMPORT_CACHE_KB = 8_192;

/** The evidence log and its graph, for one command: only this process writes. */
export async function openLedger(config: Config, options: LedgerOptions = {}) {
  const { openWriter } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  const { ports = graphPorts, cacheKb } = options;
  makeFolders(config.home, 0o700);
  const log = orThrow(await openWriter({ ...findGraphPlace(config, cacheKb), ports }));
  return { log, close: () => log.close() };
}

/** Questions to the graph. If nothing was recorded yet, the failure says so. */
export async function openQuestions(config: Config) {
  await completeImport(config);
  return openReadyQuestions(config);
}

/**
 * Finds what the graph knows about an image, as the server does. Without a graph the release is
 * unknown and nothing is known against the image; where the graph cannot be read, both are unknown.
 */
export async function openGraphFacts(config: Config): Promise<OpenGraphFacts> {
  const facts = await import('../../gates/facts/index.ts');
  const close = async () => undefined;
  const findGate = async () => null;
  if (!mayHaveLog(config)) {
    const find = async () => ({ release: facts.createUnknownRelease(), exposures: [] });
    return { find, findGate, close };
  }
  const questions = await attempt(() => openQuestions(config));
  if (!questions.ok) {
    const { makeUnknownFact } = await import('../../capabilities/policy/index.ts');
    const unknown = makeUnknownFact(questions.failure);
    const source = facts.createUnknownSource(questions.failure);
    const find = async () => ({ release: unknown, exposures: unknown, source });
    return { find, findGate, close };
  }
  const graph = questions.value;
  return {
    find: async (image, members, origin) => ({
      release: await facts.findRelease(graph, image),
      exposures: await facts.findExposures(graph, image, members),
      ...(origin === null ? {} : { source: await facts.findSourceFacts(graph, origin) }),
    }),
    findGate: async (origin) => {
      const found = await graph.ask({ name: 'gated-source', ...origin });
      return found.ok ? found.value.buildGate : null;
    },
    close: () => graph.close(),
  };
}

interface OpenGraphFacts {
  readonly find: DeskPorts['graph'];
  /** What the build gate decided about a commit; null where no record of it can be read. */
  readonly findGate: (
    origin: Pick<ReleaseFacts['source'], 'repository' | 'commit'>,
  ) => Promise<NonNullable<ReleaseFacts['buildGate']> | null>;
  readonly close: () => Promise<void>;
}

/** The same without a check for an import to complete. */
async function openReadyQuestions(config: Config) {
  requireGraph(config);
  const { openReader } = await import('../../adapters/graph-sql/index.ts');
  const { affectedMatcher: matcher } = await import('../../capabilities/advisories/index.ts');
  const options = { ...findGraphPlace(config), ports: { matcher } };
  const first = await openReader(options);
  if (first.ok || first.failure.code !== 'STORE_LOCKED') return orThrow(first);
  // The database is from an older Waybill, or from one that was killed while it made the database.
  // The first question brings it up to date.
  await (await openLedger(config)).close();
  return orThrow(await openReader(options));
}

/**
 * An import that was interrupted after its reading is completed before the log or the index is
 * used.
 */
export async function completeImport(config: Config): Promise<void> {
  // Only a check for a file: a command that has nothing to complete loads nothing.
  if (!isThere(`${config.advisories}.pending-log`)) return;
  const { completeImport: complete } = await import('../../adapters/advisories/index.ts');
  const log = await openImportLog(config);
  orThrow(await complete(config.advisories, () => log));
}

/** Of a log that holds advisories alone. The readers of other documents take long to load. */
const NO_READER = {
  read: () => fail('INTERNAL', 'another document among advisories', 'Report this.'),
};

/** The evidence log as an import needs it; the database is opened at its first use. */
export async function openImportLog(config: Config) {
  const { ImportLog } = await import('./advisory-log.ts');
  return new ImportLog({
    openDraft: async (matcher) => {
      if (config.server !== null || config.tenant !== null) return null;
      const { openDraft } = await import('../../adapters/graph-sql/draft/index.ts');
      makeFolders(config.home, 0o700);
      const options = { path: config.database, cacheKb: IMPORT_CACHE_KB };
      return orThrow(
        await openDraft({ ...options, ports: { reader: NO_READER, scans: NO_READER, matcher } }),
      );
    },
    openWriter: async (matcher) => {
      const { graphPorts } = await import('./graph-ports.ts');
      const ports = { ...graphPorts, matcher };
      return (await openLedger(config, { ports, cacheKb: IMPORT_CACHE_KB })).log;
    },
    openReader: () => openReadyQuestions(config),
    openDocuments: async () => {
      const { openLogDocuments } = await import('../../adapters/graph-sql/log/index.ts');
      return orThrow(await openLogDocuments(findGraphPlace(config)));
    },
  });
}

/**
 * Whether the database exists and has the schema of this version; it is neither made nor brought up
 * to date.
 */
export async function probeDatabase(config: Config): Promise<Result<DatabaseState>> {
  const { openReader, requireSafeFolder } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  return attempt(async () => {
    if (config.server === null) requireSafeFolder(config.home);
    if (!mayHaveLog(config)) return { isThere: false, latest: null };
    const opened = await openReader({ ...findGraphPlace(config), ports: graphPorts });
    if (!opened.ok && opened.failure.code === 'NOT_FOUND') return { isThere: false, latest: null };
    const reader = orThrow(opened);
    try {
      return { isThere: true, latest: orThrow(await reader.latest()) };
    } finally {
      await reader.close();
    }
  });
}

export interface DatabaseState {
  readonly isThere: boolean;
  /** The entry of the log with the latest time; null if it has none. */
  readonly latest: { readonly position: number; readonly recordedAt: Instant } | null;
}

/** Copies log and graph to another place, which a text of the command names. */
export async function copyGraph(config: Config, to: string, cwd: string, options: CopyOptions) {
  requireGraph(config);
  const target = await findTarget(config, to, cwd);
  // Brings a database of an older Waybill up to date, which a reader cannot.
  await (await openQuestions(config)).close();
  const { copyGraph: copy } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts: ports } = await import('./graph-ports.ts');
  const copied = orThrow(await copy(findGraphPlace(config), { ...target.place, ports }, options));
  return { ...copied, from: await nameDatabase(config), to: target.name };
}

/**
 * Brings log and graph back from a file that `graph backup` or `graph copy` made. What is there
 * must be the beginning of it.
 */
export async function restoreGraph(
  config: Config,
  from: string,
  cwd: string,
  options: CopyOptions,
) {
  const path = resolve(cwd, from);
  if (!isThere(path)) {
    const remedy = 'Name a file of waybill graph backup: --from.';
    throw new Failure('FILE_NOT_FOUND', `there is no file ${path}`, remedy);
  }
  makeFolders(config.home, 0o700);
  const { copyGraph: copy } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts: ports } = await import('./graph-ports.ts');
  const copied = orThrow(await copy({ path }, { ...findGraphPlace(config), ports }, options));
  return { ...copied, from: path, to: await nameDatabase(config) };
}

async function findTarget(config: Config, to: string, cwd: string) {
  const { formatDatabaseServer, isServerAddress, parseDatabaseServer } = await import(
    '../config/database-server.ts'
  );
  const server = isServerAddress(to) ? parseDatabaseServer(to, cwd) : null;
  const path = resolve(cwd, to);
  const name = server === null ? path : formatDatabaseServer(server);
  if (name === (await nameDatabase(config)))
    throw new Failure('USAGE', 'a graph is not copied onto itself', 'Name another place: --to.');
  const place: GraphPlace = server ?? { path };
  return { name, place };
}

/** As reports name it: the file, or the address on its server. */
export async function nameDatabase({ server, database }: Config): Promise<string> {
  if (server === null) return database;
  const { formatDatabaseServer } = await import('../config/database-server.ts');
  return formatDatabaseServer(server);
}

/** The kinds of documents that retention may remove. */
export async function listRemovableKinds() {
  const { REMOVABLE_KINDS } = await import('../../adapters/graph-sql/index.ts');
  return REMOVABLE_KINDS;
}

export function requireGraph(config: Config): void {
  if (mayHaveLog(config)) return;
  const remedy = 'Record something first: waybill release, or waybill graph import.';
  throw new Failure('NOT_FOUND', `${config.home} contains no knowledge graph yet`, remedy);
}

/** Of the databases that this version writes. */
export async function readSchemaVersion(): Promise<number> {
  const { SCHEMA_VERSION } = await import('../../adapters/graph-sql/index.ts');
  return SCHEMA_VERSION;
}
