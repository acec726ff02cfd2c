import type { AdvisoryDocuments } from '../../capabilities/advisories/index.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow, type Result } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { completeImport } from './graph.ts';
import { isThere } from './is-there.ts';

/**
 * Completes an import that was interrupted, then gives the index what the log holds and it lacks.
 * One small read where there is nothing to do; without a log, the index stands alone.
 */
export async function catchUpAdvisories(config: Config): Promise<void> {
  await completeImport(config);
  await withDocuments(config, null, async (documents) => {
    const { catchUpIndex } = await import('../../adapters/advisories/index.ts');
    const now = toInstant(Date.now());
    return catchUpIndex({ path: config.advisories, documents, now });
  });
}

/** Whether `catchUpAdvisories` would have something to do. */
export async function areAdvisoriesBehind(config: Config): Promise<boolean> {
  // mutant pending-import-at-run-time by server-advisories: remove
  if (isThere(`${config.advisories}.pending-log`)) return true;
  return withDocuments(config, false, async (documents) => {
    const { isIndexBehind } = await import('../../adapters/advisories/index.ts');
    return isIndexBehind({ path: config.advisories, documents });
  });
}

async function withDocuments<T>(
  config: Config,
  absent: T,
  work: (documents: AdvisoryDocuments) => Promise<Result<T>>,
): Promise<T> {
  if (!isThere(config.database)) return absent;
  const { openLogDocuments } = await import('../../adapters/advisories/index.ts');
  const documents = orThrow(openLogDocuments(config.database));
  if (documents === null) return absent;
  try {
    return orThrow(await work(documents));
  } finally {
    await documents.close();
  }
}
