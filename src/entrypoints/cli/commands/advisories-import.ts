import { basename, resolve } from 'node:path';
import { formatCount } from '../../../core/count.ts';
import { formatInstant, type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { withoutLateCompilation } from '../../../system/threads/late-compilation.ts';
import { importFeeds, unfoldFeedSource } from '../../compose/advisories.ts';
import type { Config } from '../../config/config.ts';
import { listEcosystems } from '../advisory-data.ts';
import { type Batch, listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, makePrintable, paintErr, startProgress } from '../io.ts';
import type { AdvisoriesImportCall } from '../options/inventory.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { openSpoolFolder, spoolInput } from '../spool.ts';

/**
 * Imports into the log and into the index: an advisory is known from its import on (foundation 3).
 */
export function run(call: AdvisoriesImportCall): Promise<Report> {
  return withoutLateCompilation(() => runImport(call));
}

async function runImport(call: AdvisoriesImportCall): Promise<Report> {
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
  const show = startProgress(call.io, 'advisories');
  const options = {
    now: toInstant(Date.now()),
    signal: call.signal,
    onProgress: ({ records }: { readonly records: number }) => show(records),
    onRecorded: startProgress(call.io, 'recorded'),
  };
  const importSome = async (files: readonly string[]): Promise<FeedImport> => {
    const spool = openSpoolFolder(config.home);
    try {
      const named = new Map<string, UnfoldedFeed>();
      for (const file of files) {
        const path = resolvePath(file);
        for (const feed of await unfoldFeedSource(path, spool.path, call.signal))
          named.set(feed.path, file === '-' ? { ...feed, from: 'standard input' } : feed);
      }
      const nameFeed = (path: string): string => basename(named.get(path)?.from ?? path);
      const sources = [...named.keys()];
      const report = orThrow(await importFeeds(config, { ...options, sources, nameFeed }));
      return { ...report, rejections: report.rejections.map((one) => nameRejected(one, named)) };
    } finally {
      spool.remove();
    }
  };
  const batch = await importEach(call, importSome);
  clearProgress(call.io);
  for (const { rejections } of batch.done) printRejections(call, rejections);
  return showImport(batch, config, options.now);
}

type UnfoldedFeed = Awaited<ReturnType<typeof unfoldFeedSource>>[number];
type Rejection = FeedImport['rejections'][number];

/** The first line of a feed that was written here is empty. */
const LINES_BEFORE = 2;

/** The record by the file that it came from. */
function nameRejected(rejected: Rejection, named: ReadonlyMap<string, UnfoldedFeed>): Rejection {
  const feed = named.get(rejected.source);
  if (feed === undefined) return rejected;
  const [, line] = /^line (\d+)$/.exec(rejected.where) ?? [];
  const name = feed.names?.[Number(line) - LINES_BEFORE];
  return { ...rejected, source: feed.from, where: name ?? rejected.where };
}

type FeedImport = Extract<Awaited<ReturnType<typeof importFeeds>>, { readonly ok: true }>['value'];

/**
 * All files at once, which is fastest. If that fails, nothing of it was imported: then each file
 * alone, so that the bad one ends no other.
 */
async function importEach(
  call: AdvisoriesImportCall,
  importSome: (files: readonly string[]) => Promise<FeedImport>,
): Promise<Batch<FeedImport>> {
  try {
    return { done: [await importSome(call.args)], failed: [] };
  } catch (thrown) {
    // mutant one-bad-feed-ends-an-import by advisories-import: condition -> true
    if (call.args.length === 1 || call.signal.aborted) throw thrown;
    return runBatch(call.args, call, (file) => importSome([file]));
  }
}

function printRejections({ io }: AdvisoriesImportCall, rejections: FeedImport['rejections']): void {
  for (const { source, where, cause } of rejections)
    io.err(
      `${paintErr(io, 'yellow', 'rejected:')} ${source} ${makePrintable(where)}: ` +
        `${makePrintable(cause.message)}\n`,
    );
}

const COUNTS = ['added', 'updated', 'unchanged', 'older', 'rejected'] as const;

function showImport({ done, failed }: Batch<FeedImport>, config: Config, now: Instant): Report {
  const sum = (key: (typeof COUNTS)[number]): number =>
    done.reduce((total, report) => total + report[key], 0);
  const counts = {
    ...{ added: sum('added'), updated: sum('updated'), unchanged: sum('unchanged') },
    ...{ older: sum('older'), rejected: sum('rejected') },
  };
  const { data } = done.at(-1) ?? { data: null };
  if (data === null) throw new RangeError('an import of nothing');
  const { count } = data;
  const ecosystems = listEcosystems(data);
  const isWhole = counts.rejected === 0 && failed.length === 0;
  return {
    kind: 'result',
    exitCode: isWhole ? 0 : 3,
    value: toValue('advisories-import', () => ({
      outcome: isWhole ? 'complete' : 'partial',
      ...counts,
      index: config.advisories,
      count,
      ecosystems,
      failed: failed.map(toFailedJson),
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
    hints: listFailedHints(done.length, failed, { what: 'file' }),
  };
}
