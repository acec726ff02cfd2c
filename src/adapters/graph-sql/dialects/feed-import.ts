import type { FeedImport } from '../../../capabilities/advisories/index.ts';
import { orThrow } from '../../../core/result.ts';

/** The schema of records is loaded where there is one to read. */
export async function toFeedImport(body: Uint8Array): Promise<FeedImport> {
  const { parseRecord } = await import('../../../capabilities/evidence/index.ts');
  const { importedAt, files, coverage } = orThrow(parseRecord('feeds', body));
  return { importedAt, files, coverage: coverage.map((feed) => ({ ...feed, importedAt })) };
}
