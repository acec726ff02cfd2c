import { resolve } from 'node:path';
import type { EvidenceInput } from '../../../capabilities/evidence/index.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { importFeeds, readFeedRecords } from '../../compose/advisories.ts';
import { openLedger } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, makePrintable, paintErr, startProgress } from '../io.ts';
import type { AdvisoriesImportCall } from '../options/inventory.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { spoolInput } from '../spool.ts';

const BATCH_RECORDS = 1_000;
const BATCH_CHARACTERS = 8 * 1024 * 1024;
export const ADVISORIES_TYPE = 'application/vnd.osv+ndjson';

/**
 * The index for scans, then the log for the graph: an advisory is known from its import on
 * (foundation 3).
 */
export async function run(call: AdvisoriesImportCall): Promise<Report> {
  const config = loadCallConfig(call);
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
  const report = orThrow(
    await importFeeds({ path: config.advisories, sources, now, signal: call.signal, onProgress }),
  );
  await recordAdvisories(call, config, sources);
  clearProgress(call.io);
  const { rejections, data, ...counts } = report;
  for (const { source, where, cause } of rejections)
    call.io.err(
      `${paintErr(call.io, 'yellow', 'rejected:')} ${source} ${makePrintable(where)}: ` +
        `${makePrintable(cause.message)}\n`,
    );
  const { count, ecosystems } = data;
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
        `${config.advisories}: ${count} advisories, imported ${formatInstant(now)}, for ` +
          `${ecosystems.join(', ')}`,
      ),
    ],
  };
}

async function recordAdvisories(
  call: AdvisoriesImportCall,
  config: Config,
  sources: readonly string[],
): Promise<void> {
  const ledger = await openLedger(config);
  const show = startProgress(call.io, 'recorded');
  let recorded = 0;
  try {
    for (const source of sources) {
      for await (const lines of splitBatches(readFeedRecords(source))) {
        call.signal.throwIfAborted();
        orThrow(await ledger.log.append([toBatch(lines)], toInstant(Date.now())));
        recorded += lines.length;
        show(recorded);
      }
    }
  } finally {
    await ledger.close();
  }
}

function toBatch(lines: readonly string[]): EvidenceInput {
  return {
    kind: 'advisories',
    mediaType: ADVISORIES_TYPE,
    body: new TextEncoder().encode(`${lines.join('\n')}\n`),
    subject: null,
  };
}

async function* splitBatches(records: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let lines: string[] = [];
  let characters = 0;
  for await (const line of records) {
    lines.push(line);
    characters += line.length;
    if (lines.length < BATCH_RECORDS && characters < BATCH_CHARACTERS) continue;
    yield lines;
    [lines, characters] = [[], 0];
  }
  if (lines.length > 0) yield lines;
}
