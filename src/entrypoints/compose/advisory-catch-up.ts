import type { AdvisoryDocuments } from '../../capabilities/advisories/index.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { completeImport } from './graph.ts';
import { findGraphPlace, mayHaveLog } from './graph-place.ts';
import { isThere } from './is-there.ts';

/**
 * Completes an import that was interrupted, then gives the index what the log holds and it lacks.
 * One small read where there is nothing to do; without a log, the index stands alone.
 */
export async function catchUpAdvisories(config: Config): Promise<void> {
  await completeImport(config);
  if (!mayHaveLog(config)) return;
  const { openLogDocuments } = await import('../../adapters/graph-sql/log/index.ts');
  const documents = orThrow(await openLogDocuments(findGraphPlace(config)));
  if (documents === null) return;
  const { catchUpIndex } = await import('../../adapters/advisories/index.ts');
  try {
    const now = toInstant(Date.now());
    orThrow(await catchUpIndex({ path: config.advisories, documents, now }));
  } finally {
    await documents.close();
  }
}

export type NewestDocument = Pick<AdvisoryDocuments, 'findNewest'>;

/** Whether `catchUpAdvisories` would have something to do. */
export async function areAdvisoriesBehind(
  config: Config,
  documents: NewestDocument,
): Promise<boolean> {
  // mutant pending-import-at-run-time by server-advisories: remove
  if (isThere(`${config.advisories}.pending-log`)) return true;
  const { isIndexBehind } = await import('../../adapters/advisories/index.ts');
  return orThrow(await isIndexBehind(config.advisories, documents));
}
