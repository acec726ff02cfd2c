import type { Instant } from '../../core/instant.ts';
import { ok } from '../../core/result.ts';
import type { Advisory } from './advisory.ts';
import { FeedSurvey, takeFamily } from './feed-survey.ts';
import { foldPackageName } from './fold-package-name.ts';
import type { AdvisoryDataInfo, AdvisoryIndex } from './port.ts';

/** Where the data came from, as its reader knows it; the index itself computes the counts. */
export type AdvisoryOrigin = Pick<
  AdvisoryDataInfo,
  'source' | 'version' | 'importedAt' | 'rejected'
> & {
  /** When the records were exported, if that is known (FeedCoverage.exportedAt). */
  readonly exportedAt?: Instant;
};

/**
 * An index over records in memory, for the bundled sample and small feeds.
 *
 * @example createMemoryIndex(records, { source: 'sample', version: '1', importedAt, rejected: 0 })
 */
export function createMemoryIndex(
  advisories: readonly Advisory[],
  origin: AdvisoryOrigin,
): AdvisoryIndex {
  const sorted = advisories.toSorted((one, other) =>
    one.id < other.id ? -1 : Number(one.id > other.id),
  );
  const byPackage = new Map<string, Set<Advisory>>();
  const byId = new Map<string, Set<Advisory>>();
  for (const advisory of sorted) {
    for (const id of [advisory.id, ...advisory.aliases]) addAdvisory(byId, id, advisory);
    for (const { ecosystem, name } of advisory.affected)
      addAdvisory(byPackage, `${ecosystem}\n${name}`, advisory);
  }
  const info = buildInfo(sorted, origin);
  return {
    find: async (ecosystem, name, recordsMax) => {
      const folded = foldPackageName(ecosystem, name);
      const found = [...(byPackage.get(`${ecosystem}\n${folded}`) ?? [])];
      return ok(found.slice(0, recordsMax));
    },
    findById: async (id) => ok([...(byId.get(id) ?? [])]),
    findHeads: async (id) => ok([...(byId.get(id) ?? [])]),
    info: () => info,
  };
}

function addAdvisory(map: Map<string, Set<Advisory>>, key: string, advisory: Advisory): void {
  const found = map.get(key);
  if (found === undefined) map.set(key, new Set([advisory]));
  else found.add(advisory);
}

/** The maker of the index has all records of it: it covers what a record names alone. */
function listAlone({ affected }: Advisory): readonly string[] {
  const families = new Set(affected.map(({ ecosystem }) => takeFamily(ecosystem)));
  return families.size === 1 ? [...families] : [];
}

function buildInfo(advisories: readonly Advisory[], origin: AdvisoryOrigin): AdvisoryDataInfo {
  const survey = new FeedSurvey(origin.importedAt);
  for (const advisory of advisories) survey.add(advisory);
  let newest: AdvisoryDataInfo['newest'] = null;
  for (const advisory of advisories) {
    const at = advisory.modified ?? advisory.published;
    const inFuture = at !== null && origin.importedAt !== null && at > origin.importedAt;
    if (at !== null && !inFuture && at > (newest ?? 0)) newest = at;
  }
  const { exportedAt, ...known } = origin;
  const dates = {
    feed: origin.source,
    exportedAt: exportedAt ?? null,
    importedAt: origin.importedAt,
  };
  const { coverage } = survey.conclude(dates, new Set(advisories.flatMap(listAlone)));
  return { ...known, count: advisories.length, newest, coverage };
}
