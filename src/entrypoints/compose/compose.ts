import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImportOptions } from '../../adapters/advisories/index.ts';
import type { GitOptions, GitRepository, HookProgram } from '../../adapters/git/index.ts';
import type { ThreadData } from '../../adapters/graph-sql/index.ts';
import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { GraphPorts } from '../../capabilities/graph/index.ts';
import type { Policy } from '../../capabilities/policy/index.ts';
import type { KeyStore, NotaryTrust } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { attempt, failed, orThrow, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import { toFileFailure } from '../../system/files/read-file.ts';
import type { Config } from '../config/config.ts';
import { readPart, startThread } from './installation.ts';

/**
 * The only file that builds adapters; each is loaded when it is first needed, so that a command
 * starts fast.
 */

export async function openRegistryServer(options: {
  readonly root: string;
  readonly host: string;
  readonly port: number;
}) {
  const { startRegistry } = await import('../../adapters/oci-server/index.ts');
  return orThrow(await startRegistry(options));
}

export async function openRegistryClient(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
) {
  const { openRegistryClient: open } = await import('../../adapters/oci-http/index.ts');
  const hostsThat = (wanted: boolean): readonly string[] =>
    Object.entries(config.registries).flatMap(([host, { insecure }]) =>
      insecure === wanted ? [host] : [],
    );
  return open({ env, insecureHosts: hostsThat(true), tlsHosts: hostsThat(false) });
}

export async function openKeys(config: Config): Promise<KeyStore> {
  const { openKeyStore } = await import('../../adapters/keys-file/index.ts');
  return openKeyStore(config.keys);
}

export async function loadTrust(config: Config): Promise<Result<TrustMaterial>> {
  const { loadNotaryTrust } = await import('../../adapters/keys-file/index.ts');
  const { loadTrustMaterial } = await import('../config/trust.ts');
  return loadTrustMaterial(config, await loadNotaryTrust(config.notation));
}

/** notation's folder alone, without the trust document. */
export async function loadNotation({ notation }: Config): Promise<Result<NotaryTrust>> {
  const { loadNotaryTrust } = await import('../../adapters/keys-file/index.ts');
  return loadNotaryTrust(notation);
}

/** Who may sign files: notation's policy for blobs. */
export async function loadBlobTrust({ notation }: Config): Promise<Result<NotaryTrust>> {
  const { loadBlobTrust: load } = await import('../../adapters/keys-file/index.ts');
  const loaded = await load(notation);
  if (loaded.ok || loaded.failure.code !== 'FILE_NOT_FOUND') return loaded;
  const remedy = 'Write trustpolicy.blob.json there; docs/guides/sign-a-file.md shows one.';
  return failed(
    new Failure('FILE_NOT_FOUND', `there is no trust policy for files in ${notation}`, remedy),
  );
}

export async function loadPolicy(config: Config): Promise<Result<Policy>> {
  const { parsePolicy } = await import('../../capabilities/policy/index.ts');
  const { readDocument } = await import('../config/trust.ts');
  const text = readDocument(config.policy);
  return text.ok ? parsePolicy(text.value) : text;
}

export async function openTree(path: string) {
  const { openFileTree } = await import('../../adapters/filesystem/index.ts');
  return openFileTree(path);
}

/**
 * A git repository, read through its objects; `inHook` where git runs us and says which index is
 * being committed.
 */
export async function openGit(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  options: GitOptions = {},
) {
  const { openGit: open } = await import('../../adapters/git/index.ts');
  return open(path, env, options);
}

/** The hooks of a repository. */
export async function openHooks(repository: GitRepository) {
  const { installHooks, uninstallHooks } = await import('../../adapters/git/index.ts');
  return {
    install: (program: HookProgram) => installHooks(repository, program),
    uninstall: () => uninstallHooks(repository),
  };
}

/** Repository and commit of a work tree. */
export async function readGitFacts(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
) {
  const { readGitFacts: facts } = await import('../../adapters/git/index.ts');
  return facts(path, env);
}

/** An image on disk: `oci:DIR[:TAG|@DIGEST]`, `oci-archive:FILE` or `docker-archive:FILE`. */
export async function openLayoutImage(text: string) {
  const { openLayout, parseLayoutName } = await import('../../adapters/oci-layout/index.ts');
  return orThrow(await openLayout(orThrow(parseLayoutName(text))));
}

/**
 * The imported index, or the bundled sample where none was imported: it says of itself that it is
 * one.
 */
export async function openAdvisories(
  config: Config,
): Promise<{ readonly index: AdvisoryIndex; readonly close: () => void }> {
  await completeImport(config);
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

/** The evidence log and its graph, for one command: written by this process alone. */
export async function openLedger(config: Config, ports?: GraphPorts) {
  const { openWriter } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  const log = orThrow(await openWriter({ path: config.database, ports: ports ?? graphPorts }));
  return { log, close: () => log.close() };
}

/** Questions to the graph; a command that asks before anything was recorded is told so. */
export async function openQuestions(config: Config) {
  await completeImport(config);
  return openReadyQuestions(config);
}

/** The same without a look for an import to complete. */
async function openReadyQuestions(config: Config) {
  requireGraph(config);
  const { openReader } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  const options = { path: config.database, ports: graphPorts };
  const first = await openReader(options);
  if (first.ok || first.failure.code !== 'STORE_LOCKED') return orThrow(first);
  // Of an older Waybill, or of one that was killed while it made the database: brought up to date
  // by who asks first.
  await (await openLedger(config)).close();
  return orThrow(await openReader(options));
}

/**
 * Content that need not be asked of a registry again: of earlier audits, and of the evidence log.
 */
export async function openKnownContent(config: Config) {
  const { openContentCache } = await import('../../adapters/content-cache/index.ts');
  return openContentCache({ path: join(config.home, 'audit-cache.db'), log: config.database });
}

/** Whether the database is there and of this version; it is neither made nor brought up to date. */
export async function probeDatabase(config: Config): Promise<Result<'absent' | 'present'>> {
  const { openReader, requireSafeFolder } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  return attempt(async () => {
    requireSafeFolder(config.home);
    if (!isThere(config.database)) return 'absent';
    await orThrow(await openReader({ path: config.database, ports: graphPorts })).close();
    return 'present';
  });
}

export function requireGraph(config: Config): void {
  if (isThere(config.database)) return;
  const remedy = 'Record something first: waybill release, or waybill graph import.';
  throw new Failure('NOT_FOUND', `there is no knowledge graph in ${config.home}`, remedy);
}

/** Whether a file is there; a folder that may not be looked into is a failure, not an absence. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
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

/** Reads feeds into the evidence log and into the index, which is a projection of it. */
export async function importFeeds(config: Config, options: Omit<ImportOptions, 'path' | 'log'>) {
  const { importAdvisories } = await import('../../adapters/advisories/index.ts');
  const path = config.advisories;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const log = await createImportLog(config);
  try {
    return await importAdvisories({ ...options, path, log });
  } finally {
    await log.close();
  }
}

/** An import that was cut off behind its reading is completed before anyone asks log or index. */
async function completeImport(config: Config): Promise<void> {
  // One look for a file: whoever has nothing to complete loads nothing.
  if (!isThere(`${config.advisories}.pending-log`)) return;
  const { completeImport: complete } = await import('../../adapters/advisories/index.ts');
  const log = await createImportLog(config);
  orThrow(await complete(config.advisories, () => log));
}

async function createImportLog(config: Config) {
  const { ImportLog } = await import('./advisory-log.ts');
  return new ImportLog({
    openWriter: async (ports) => (await openLedger(config, ports)).log,
    openReader: () => openReadyQuestions(config),
  });
}

/**
 * The same for a server: one writing thread, and reading ones beside it, so that an import does not
 * hold up an admission.
 */
export async function openLedgerThreads(config: Config) {
  const { openReaderPool, openWriterThread } = await import('../../adapters/graph-sql/index.ts');
  const { findRelease } = await import('./release-facts.ts');
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  await completeImport(config);
  const options = {
    options: { path: config.database },
    start: (data: ThreadData) => startThread('database', data),
  };
  const writer = orThrow(await openWriterThread(options));
  const readers = orThrow(await openReaderPool(options, READERS));
  return {
    append: (inputs: readonly EvidenceInput[], recordedAt: Instant) =>
      writer.append(inputs, recordedAt),
    receive: (bytes: number) => writer.receive(bytes),
    questions: readers,
    findRelease: (digest: Digest) => findRelease(readers, digest),
    close: async () => {
      await readers.close();
      await writer.close();
    },
  };
}

/** What the database's threads of `openLedgerThreads` do. */
export async function serveDatabase(): Promise<void> {
  const { serveCalls } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  return serveCalls(graphPorts);
}

/** Threads that answer questions of one server. */
const READERS = 2;
