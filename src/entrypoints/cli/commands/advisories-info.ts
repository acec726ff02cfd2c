import { formatCount } from '../../../core/count.ts';
import { formatAnswerInstant } from '../../../core/instant.ts';
import { openAdvisories, verifyAdvisories } from '../../compose/advisories.ts';
import { encodeAdvisoryData } from '../advisory-data.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AdvisoriesInfoCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { describeThreats, toThreatJson } from '../threat-output.ts';

export async function run(call: AdvisoriesInfoCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const isVerified = call.options.verify;
  if (isVerified) await verifyAdvisories(config);
  const { index, close } = await openAdvisories(config);
  try {
    const info = index.info();
    const threats = (index.threats?.sources ?? []).map((source) => ({
      ...toThreatJson(source),
      importedAt: formatAnswerInstant(source.importedAt),
    }));
    const support = [...(index.support ?? [])];
    const result = { ...encodeAdvisoryData(info), threats, support, verified: isVerified };
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('advisories-info', () => result),
      blocks: () => [
        ...showInfo(result),
        ...(index.threats?.sources ?? []).map((one) => showLine(describeThreats(one))),
        ...(support.length === 0
          ? []
          : [
              showLine(
                `support: ${formatCount(support.length, 'release')} of ${listSystems(support)}`,
              ),
            ]),
      ],
    };
  } finally {
    close();
  }
}

function listSystems(terms: readonly { readonly os: string }[]): string {
  return [...new Set(terms.map(({ os }) => os))].sort().join(', ');
}

function showInfo(info: SchemaValue<'advisories-info'>): readonly Block[] {
  const sample =
    info.source === 'sample'
      ? ' (a sample to try Waybill with; the real data: waybill advisories update)'
      : '';
  // An index that was made from the log alone does not know when its feeds were imported.
  const notImported = info.source === 'sample' ? 'never' : 'unknown';
  const unmatched = info.coverage.filter(({ matched }) => !matched);
  return [
    showLine(`source: ${info.source}${sample}`),
    showLine(`advisories: ${info.count}, ${info.rejected} rejected`),
    showLine(`imported: ${info.importedAt ?? notImported}`),
    showLine(`newest record: ${info.newest ?? 'unknown'}`),
    ...(info.verified
      ? [showLine('verified: no record is missing, and every index agrees with its table')]
      : []),
    ...(info.ecosystems.length === 0
      ? [showLine('ecosystems: none is known to be covered')]
      : [
          showTable(
            ['ECOSYSTEM', 'RECORDS', 'DATA OF', 'IMPORTED', 'FEED'],
            info.coverage.filter(({ matched }) => matched).map(toRow),
          ),
        ]),
    ...(unmatched.length === 0
      ? []
      : [
          showLine(
            `not covered, because no matcher reads them: ` +
              [...new Set(unmatched.map(({ ecosystem }) => ecosystem))].join(', '),
          ),
        ]),
  ];
}

function toRow(feed: SchemaValue<'advisories-info'>['coverage'][number]): readonly string[] {
  const { ecosystem, records, updatedAt, importedAt } = feed;
  return [ecosystem, `${records}`, updatedAt ?? 'unknown', importedAt ?? 'unknown', feed.feed];
}
