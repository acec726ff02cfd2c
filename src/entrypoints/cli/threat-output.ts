import type { ThreatSource } from '../../capabilities/advisories/index.ts';
import { formatCount } from '../../core/count.ts';
import { formatInstant } from '../../core/instant.ts';
import type { SupportImport, ThreatImport } from '../compose/advisories.ts';
import { formatMoment } from './advisory-data.ts';
import { type Block, showLine } from './report/block.ts';

/** What one source says of exploitation, as commands print that it was taken or passed over. */
export function showThreats(taken: ThreatImport): Block {
  const named = describeThreats(taken);
  return showLine(taken.isUsed ? named : `${named}; not used, because a newer one was imported`);
}

/** `kev: 1234 CVEs, 2026.01.01, of 2026-01-01T12:00:00Z` */
export function describeThreats({
  kind,
  version,
  at,
  count,
}: Omit<ThreatSource, 'importedAt'>): string {
  const dated = at === null ? 'of unknown age' : `of ${formatInstant(at)}`;
  return `${kind}: ${formatCount(count, 'CVE')}, ${version ?? 'no version'}, ${dated}`;
}

export function toThreatJson<T extends Pick<ThreatSource, 'at'>>(source: T) {
  return { ...source, at: formatMoment(source.at) };
}

/** `support: endoflife.date (debian), 18 releases` */
export function showSupport({ source, releases }: SupportImport): Block {
  return showLine(`support: ${source}, ${formatCount(releases, 'release')}`);
}
