import { formatInstant } from '../../../core/instant.ts';
import type { EpssScore, KevEntry, ThreatData } from './threat.ts';

/**
 * What a source says, in the form of its publisher, so that it is read as everything from there
 * is: equal bytes for equal data, whatever the publisher's file had besides.
 */
export function writeThreats(data: ThreatData): string {
  return data.kind === 'kev' ? writeKev(data) : writeEpss(data);
}

function writeKev({ entries, version, at }: Extract<ThreatData, { kind: 'kev' }>): string {
  const catalogue = {
    ...(version === null ? {} : { catalogVersion: version }),
    ...(at === null ? {} : { dateReleased: formatInstant(at) }),
    count: entries.length,
    vulnerabilities: sortByCve(entries).map(({ cve, added, due, ransomware }) => ({
      ...{ cveID: cve, dateAdded: added },
      ...(due === null ? {} : { dueDate: due }),
      knownRansomwareCampaignUse: ransomware ? 'Known' : 'Unknown',
    })),
  };
  return `${JSON.stringify(catalogue)}\n`;
}

function writeEpss({ entries, version, at }: Extract<ThreatData, { kind: 'epss' }>): string {
  const score = at === null ? '' : `,score_date:${formatInstant(at)}`;
  const isDated = version !== null || at !== null;
  const rows = sortByCve(entries).map(
    ({ cve, score: share, percentile }: EpssScore) => `${cve},${share},${percentile}\n`,
  );
  const comment = isDated ? `#model_version:${version ?? ''}${score}\n` : '';
  return `${comment}cve,epss,percentile\n${rows.join('')}`;
}

function sortByCve<E extends KevEntry | EpssScore>(entries: readonly E[]): readonly E[] {
  return entries.toSorted(({ cve: one }, { cve: other }) =>
    one < other ? -1 : Number(one > other),
  );
}
