import { formatInstant } from '../../../core/instant.ts';
import { openAdvisories, verifyAdvisories } from '../../compose/advisories.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AdvisoriesInfoCall } from '../options/inventory.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

export async function run(call: AdvisoriesInfoCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const isVerified = call.options.verify;
  if (isVerified) await verifyAdvisories(config);
  const { index, close } = await openAdvisories(config);
  try {
    const info = index.info();
    const formatTime = (at: typeof info.importedAt): string | null =>
      at === null ? null : formatInstant(at);
    const result = {
      ...info,
      verified: isVerified,
      newest: formatTime(info.newest),
      importedAt: formatTime(info.importedAt),
    };
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('advisories-info', () => result),
      blocks: () => showInfo(result),
    };
  } finally {
    close();
  }
}

function showInfo(info: SchemaValue<'advisories-info'>): readonly Block[] {
  const sample =
    info.source === 'sample'
      ? ' (a sample to try Waybill with: import real data with waybill advisories import)'
      : '';
  // An index that was made from the log alone does not know when its feeds were imported.
  const notImported = info.source === 'sample' ? 'never' : 'unknown';
  const ecosystems = info.ecosystems.join(', ') || 'none is known to be covered';
  return [
    showLine(`source: ${info.source}${sample}`),
    showLine(`advisories: ${info.count}, ${info.rejected} rejected`),
    showLine(`imported: ${info.importedAt ?? notImported}`),
    showLine(`newest record: ${info.newest ?? 'unknown'}`),
    ...(info.verified
      ? [showLine('verified: no record is missing, and every index agrees with its table')]
      : []),
    showLine(`ecosystems: ${ecosystems}`),
  ];
}
