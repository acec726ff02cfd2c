import { basename, resolve } from 'node:path';
import { formatCount } from '../../../core/count.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { importFeeds } from '../../compose/advisories.ts';
import type { Config } from '../../config/config.ts';
import { listEcosystems } from '../advisory-data.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, makePrintable, paintErr, startProgress } from '../io.ts';
import type { AdvisoriesImportCall } from '../options/inventory.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { spoolInput } from '../spool.ts';

/**
 * Imports into the log and into the index: an advisory is known from its import on (foundation 3).
 */
export async function run(call: AdvisoriesImportCall): Promise<Report> {
  const config = await loadCallConfig(call);
  if (!call.args.includes('-'))
    return importFiles(call, config, (file) => resolve(call.io.cwd, file));
  const input = await spoolInput(call, config.home, LIMITS.advisoryFeedBytesMax);
  try {
    return await importFiles(call, config, (file) =>
      file === '-' ? input.path : resolve(call.io.cwd, file),
    );
  } finally {
    input.remove();
  }
}

async function importFiles(
  call: AdvisoriesImportCall,
  config: Config,
  resolvePath: (file: string) => string,
): Promise<Report> {
  const sources = call.args.map(resolvePath);
  const now = toInstant(Date.now());
  const show = startProgress(call.io, 'advisories');
  const onProgress = ({ records }: { readonly records: number }): void => show(records);
  const onRecorded = startProgress(call.io, 'recorded');
  const nameFeed = (path: string): string =>
    call.args[sources.indexOf(path)] === '-' ? 'standard input' : basename(path);
  const options = { sources, now, nameFeed, signal: call.signal, onProgress, onRecorded };
  const report = orThrow(await importFeeds(config, options));
  clearProgress(call.io);
  const { rejections, data, ...counts } = report;
  for (const { source, where, cause } of rejections)
    call.io.err(
      `${paintErr(call.io, 'yellow', 'rejected:')} ${source} ${makePrintable(where)}: ` +
        `${makePrintable(cause.message)}\n`,
    );
  const { count } = data;
  const ecosystems = listEcosystems(data);
  return {
    kind: 'result',
    exitCode: counts.rejected === 0 ? 0 : 3,
    value: toValue('advisories-import', () => ({
      ...counts,
      index: config.advisories,
      count,
      ecosystems,
    })),
    blocks: () => [
      showLine(
        `${counts.added} added, ${counts.updated} updated, ${counts.unchanged} unchanged, ` +
          `${counts.older} older, ${counts.rejected} rejected`,
      ),
      showLine(
        `${config.advisories}: ${formatCount(count, 'advisory', 'advisories')}, ` +
          `imported ${formatInstant(now)}, for ${ecosystems.join(', ') || 'no ecosystem that a matcher reads'}`,
      ),
    ],
  };
}
