import type { ResourceLimits } from 'node:worker_threads';
import type { ThreadData } from '../../adapters/graph-sql/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { SourceOrigin } from '../../gates/facts/index.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { limitYoungGeneration } from '../../system/threads/young-generation.ts';
import type { Config } from '../config/config.ts';
import { catchUpAdvisories } from './advisory-catch-up.ts';
import { findGraphPlace } from './graph-place.ts';
import { startThread } from './installation.ts';

/**
 * The evidence log and its graph, for a server: one writing thread and several reading threads, so
 * that an import does not delay an admission.
 */
export async function openLedgerThreads(config: Config, readersCount: number = READERS) {
  const { openReaderPool, openWriterThread } = await import('../../adapters/graph-sql/index.ts');
  const { findExposures, findRelease, findSourceFacts } = await import(
    '../../gates/facts/index.ts'
  );
  // The server's own space for new objects, as large as its modules made it.
  limitYoungGeneration();
  makeFolders(config.home, 0o700);
  // mutant server-start-without-catch-up by server-advisories: remove
  await catchUpAdvisories(config);
  const options = {
    options: findGraphPlace(config, CACHE_KB),
    start: (data: ThreadData) => startThread('database', data, SMALL_YOUNG_GENERATION),
  };
  const writer = orThrow(await openWriterThread(options));
  const readers = orThrow(await openReaderPool(options, readersCount));
  return {
    append: (inputs: readonly EvidenceInput[], recordedAt: Instant) =>
      writer.append(inputs, recordedAt),
    receive: (bytes: number) => writer.receive(bytes),
    questions: readers,
    findNewest: () => readers.newest('advisories'),
    findFacts: async (image: Digest, members: readonly Digest[], origin: SourceOrigin | null) => {
      const [release, exposures, source] = await Promise.all([
        findRelease(readers, image),
        findExposures(readers, image, members),
        origin === null ? null : findSourceFacts(readers, origin),
      ]);
      return { release, exposures, ...(source === null ? {} : { source }) };
    },
    close: async () => {
      await readers.close();
      await writer.close();
    },
  };
}

/** For a thread that tries a policy: its reading delays no question of an admission. */
export async function openTrialGraph(config: Config) {
  const { openReader } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  return orThrow(await openReader({ ...findGraphPlace(config, CACHE_KB), ports: graphPorts }));
}

/** What the database's threads of `openLedgerThreads` do. */
export async function serveDatabase(): Promise<void> {
  const { serveCalls } = await import('../../adapters/graph-sql/index.ts');
  const { graphPorts } = await import('./graph-ports.ts');
  return serveCalls(graphPorts);
}

/**
 * V8 lets the space for new objects of each thread grow to several times what a question or a
 * write needs, and loading the modules alone fills it.
 */
const SMALL_YOUNG_GENERATION: ResourceLimits = { maxYoungGenerationSizeMb: 4 };

/**
 * Of each connection. The system keeps the pages of the file anyway; what each connection keeps or
 * maps of it counts as memory of the process once more, and grows with the graph.
 */
const CACHE_KB = 16_384;

/** Threads that answer questions of one server. */
const READERS = 2;
