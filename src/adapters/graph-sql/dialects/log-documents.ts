import type { AdvisoryDocuments } from '../../../capabilities/advisories/index.ts';
import type { Result } from '../../../core/result.ts';
import { type GraphPlace, isServerPlace } from './graph-place.ts';
import { listFileEcosystems, openFileDocuments } from './sqlite/log-documents.ts';

/**
 * The advisories of the evidence log, read where they lie: a command that has nothing to do loads
 * no library of the graph. Null if there is no log yet.
 */
export async function openLogDocuments(
  place: GraphPlace,
): Promise<Result<AdvisoryDocuments | null>> {
  if (!isServerPlace(place)) return openFileDocuments(place.path, place.tenant);
  const { openServerDocuments } = await import('./postgres/log-documents.ts');
  return openServerDocuments(place);
}

/**
 * The ecosystems of advisories in which components of the graph are looked up; none where there is
 * no graph yet.
 */
export async function listGraphEcosystems(place: GraphPlace): Promise<Result<readonly string[]>> {
  if (!isServerPlace(place)) return listFileEcosystems(place.path, place.tenant);
  const { listServerEcosystems } = await import('./postgres/log-documents.ts');
  return listServerEcosystems(place);
}
