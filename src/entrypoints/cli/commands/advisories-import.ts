import { basename, join, relative, resolve } from 'node:path';
import { type FeedClaim, isMatched, settleClaims } from '../../../capabilities/advisories/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { formatInstant, type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { withoutLateCompilation } from '../../../system/threads/late-compilation.ts';
import {
  importFeeds,
  importSupport,
  importThreats,
  openStandingAdvisories,
  type SupportImport,
  type ThreatImport,
  unfoldFeedSource,
} from '../../compose/advisories.ts';
import type { Config } from '../../config/config.ts';
import { listEcosystems } from '../advisory-data.ts';
import { type Batch, listFailedHints, printFailed, runBatch, toFailedJson } from '../batch.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, makePrintable, paintErr, startProgress } from '../io.ts';
import type { AdvisoriesImportCall } from '../options/inventory.ts';
import { startRecordProgress } from '../record-progress.ts';
import { type Block, showLine } from '../report/block.ts';
import { type FailedTarget, type Report, toValue } from '../report/report.ts';
import { openSpoolFolder, spoolInput } from '../spool.ts';
import { showSupport, showThreats, toThreatJson } from '../threat-output.ts';

/**
 * Imports into the log and into the index: an advisory is known from its import on (foundation 3).
 */
export function run(call: AdvisoriesImportCall): Promise<Report> {
  return withoutLateCompilation((begin) => runImport(call, begin));
}

async function runImport(call: AdvisoriesImportCall, begin: () => void): Promise<Report> {
  const config = await loadCallConfig(call);
  if (!call.args.includes('-'))
    return importFiles(call, config, (file) => resolve(call.io.cwd, file), begin);
  const input = await spoolInput(call, config.home, LIMITS.advisoryFeedBytesMax);
  try {
    const resolvePath = (file: string) => (file === '-' ? input.path : resolve(call.io.cwd, file));
    return await importFiles(call, config, resolvePath, begin);
  } finally {
    input.remove();
  }
}

async function importFiles(
  call: AdvisoriesImportCall,
  config: Config,
  resolvePath: (file: string) => string,
  begin: () => void,
): Promise<Report> {
  const show = startRecordProgress(call.io, begin);
  const options = {
    covers: parseCovers(call.options.covers ?? []),
    now: toInstant(Date.now()),
    signal: call.signal,
    onProgress: ({ records }: { readonly records: number }) => show(records),
    onRecorded: startProgress(call.io, 'recorded'),
  };
  const spool = openSpoolFolder(config.home);
  try {
    const { args, ...beside } = await takeBeside(call, config, resolvePath, options.now);
    if (args.length === 0) return await showBesideAlone(config, options, beside);
    const { feeds, failed } = await unfoldAll({ ...call, args }, resolvePath, spool.path);
    const named = new Map([...feeds.values()].map((feed) => [feed.path, feed]));
    const nameFeed = (path: string): string => basename(named.get(path)?.from ?? path);
    const batch = await importEach(call, [...feeds.keys()], failed, async (names) => {
      const some = names.flatMap((name) => feeds.get(name) ?? []);
      const claims = listClaims(some);
      const sources = some.map(({ path }) => path);
      const report = orThrow(await importFeeds(config, { ...options, sources, nameFeed, claims }));
      return { ...report, rejections: report.rejections.map((one) => nameRejected(one, named)) };
    });
    clearProgress(call.io);
    for (const { rejections } of batch.done) printRejections(call, rejections);
    const read = listTranslated(feeds);
    return showImport(batch, config, { ...options, ...beside, read });
  } finally {
    spool.remove();
  }
}

/** What each of these files covers, as its publisher says: of parts, where all of them are here. */
function listClaims(feeds: readonly UnfoldedFeed[]): NonNullable<FeedOptions['claims']> {
  const stated = new Map(
    feeds.flatMap(({ path, translated }): readonly (readonly [string, FeedClaim])[] =>
      translated === undefined || translated.claim === null ? [] : [[path, translated.claim]],
    ),
  );
  const covers = settleClaims(stated);
  return new Map(
    [...stated].map(([path, { exportedAt }]) => [
      path,
      { covers: covers.get(path) ?? [], exportedAt },
    ]),
  );
}

interface ReadForm {
  readonly feed: string;
  readonly format: string;
  readonly records: number;
}

/** The files that were read in the form of their publisher. */
function listTranslated(feeds: UnfoldedArguments['feeds']): readonly ReadForm[] {
  return [...feeds].flatMap(([feed, { translated }]) =>
    translated === undefined
      ? []
      : [{ feed, format: translated.format, records: translated.records }],
  );
}

type FeedOptions = Parameters<typeof importFeeds>[1];

interface Beside {
  readonly threats: readonly ThreatImport[];
  readonly support: readonly SupportImport[];
}

/** Imports the files whose content is beside the index; `args` are the others. */
async function takeBeside(
  { args, signal }: AdvisoriesImportCall,
  config: Config,
  resolvePath: (file: string) => string,
  now: Instant,
): Promise<Beside & { readonly args: readonly string[] }> {
  const threats: ThreatImport[] = [];
  const support: SupportImport[] = [];
  const others: string[] = [];
  for (const file of args) {
    signal.throwIfAborted();
    const found = await importThreats(config, resolvePath(file), now);
    const terms = found === null ? await importSupport(config, resolvePath(file)) : null;
    if (found !== null) threats.push(found);
    else if (terms !== null) support.push(terms);
    else others.push(file);
  }
  return { threats, support, args: others };
}

async function showBesideAlone(
  config: Config,
  claim: Omit<ImportClaim, 'threats' | 'support' | 'read'>,
  beside: Beside,
): Promise<Report> {
  const { index, close } = await openStandingAdvisories(config);
  try {
    const nothing = { added: 0, updated: 0, unchanged: 0, older: 0, rejected: 0 };
    const rest = { rejections: [], loose: [], data: index.info() };
    const done = [{ outcome: 'complete' as const, ...nothing, ...rest }];
    return showImport({ done, failed: [] }, config, { ...claim, ...beside, read: [] });
  } finally {
    close();
  }
}

/** The ecosystems that the files are said to cover. Fails with USAGE where no matcher reads one. */
function parseCovers(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  const unread = names.find((name) => !isMatched(name));
  if (unread === undefined) return names;
  throw new Failure(
    'USAGE',
    `no matcher reads the ecosystem ${makePrintable(JSON.stringify(unread))}`,
    'Write it as OSV does: npm, PyPI, Maven, Go, crates.io, Debian:12, Alpine:v3.20.',
  );
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

interface UnfoldedArguments {
  /** By the names that people know them by, in the order of the arguments. */
  readonly feeds: ReadonlyMap<string, UnfoldedFeed>;
  readonly failed: readonly FailedTarget[];
}

/** The feeds of all arguments. An argument alone fails as it is. */
async function unfoldAll(
  { args, signal }: AdvisoriesImportCall,
  resolvePath: (file: string) => string,
  spool: string,
): Promise<UnfoldedArguments> {
  const feeds = new Map<string, UnfoldedFeed>();
  const failed: FailedTarget[] = [];
  for (const file of args) {
    const path = resolvePath(file);
    try {
      for (const feed of await unfoldFeedSource(path, spool, signal)) {
        const name = feed.from === path ? file : join(file, relative(path, feed.from));
        if (feed.failure !== undefined) failed.push({ target: name, failure: feed.failure });
        else feeds.set(name, file === '-' ? { ...feed, from: 'standard input' } : feed);
      }
    } catch (thrown) {
      if (args.length === 1 || signal.aborted) throw thrown;
      failed.push({ target: file, failure: toFailure(thrown) });
    }
  }
  const [first] = failed;
  if (first !== undefined && feeds.size === 0) throw first.failure;
  return { feeds, failed };
}

/**
 * All feeds at once, which is fastest. If that fails, nothing of it was imported: then each feed
 * alone, so that the bad one ends no other.
 */
async function importEach(
  call: AdvisoriesImportCall,
  names: readonly string[],
  failed: readonly FailedTarget[],
  importSome: (names: readonly string[]) => Promise<FeedImport>,
): Promise<Batch<FeedImport>> {
  for (const one of failed) printFailed(call.io, one);
  try {
    return { done: [await importSome(names)], failed };
  } catch (thrown) {
    // mutant one-bad-feed-ends-an-import by advisories-import: condition -> true
    if (names.length === 1 || call.signal.aborted) throw thrown;
    const batch = await runBatch(names, call, (name) => importSome([name]));
    return { done: batch.done, failed: sortByArgument(call.args, [...failed, ...batch.failed]) };
  }
}

function sortByArgument(
  args: readonly string[],
  failed: readonly FailedTarget[],
): readonly FailedTarget[] {
  const place = ({ target }: FailedTarget): number =>
    args.findIndex((arg) => target === arg || target.startsWith(join(arg, '/')));
  return failed.toSorted((one, other) => place(one) - place(other));
}

function printRejections({ io }: AdvisoriesImportCall, rejections: FeedImport['rejections']): void {
  for (const { source, where, cause } of rejections)
    io.err(
      `${paintErr(io, 'yellow', 'rejected:')} ${source} ${makePrintable(where)}: ` +
        `${makePrintable(cause.message)}\n`,
    );
}

const COUNTS = ['added', 'updated', 'unchanged', 'older', 'rejected'] as const;

interface ImportClaim extends Beside {
  readonly read: readonly ReadForm[];
  readonly now: Instant;
  readonly covers: readonly string[];
}

function showImport(
  { done, failed }: Batch<FeedImport>,
  config: Config,
  { now, covers, threats, support, read }: ImportClaim,
): Report {
  const sum = (key: (typeof COUNTS)[number]): number =>
    done.reduce((total, report) => total + report[key], 0);
  const counts = {
    ...{ added: sum('added'), updated: sum('updated'), unchanged: sum('unchanged') },
    ...{ older: sum('older'), rejected: sum('rejected') },
  };
  const { data } = done.at(-1) ?? { data: null };
  if (data === null) throw new RangeError('an import of nothing');
  const { count } = data;
  const loose = done
    .flatMap((report) => report.loose)
    .filter(({ ecosystem }) => isMatched(ecosystem));
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
      loose: loose.map((one) => ({ ...one })),
      read: [...read],
      threats: threats.map(toThreatJson),
      support: [...support],
      failed: failed.map(toFailedJson),
    })),
    blocks: () => [
      showLine(
        `${counts.added} added, ${counts.updated} updated, ${counts.unchanged} unchanged, ` +
          `${counts.older} older, ${counts.rejected} rejected`,
      ),
      showLine(
        `${config.advisories}: ${formatCount(count, 'advisory', 'advisories')}, ` +
          `imported ${formatInstant(now)}, for ${ecosystems.join(', ') || 'no whole ecosystem'}`,
      ),
      ...read.map(({ feed, format, records }) =>
        showLine(`${makePrintable(feed)}: ${format}, ${formatCount(records, 'record')}`),
      ),
      ...threats.map(showThreats),
      ...support.map(showSupport),
      ...showLoose(loose, new Set(ecosystems)),
    ],
    hints: [
      ...listFailedHints(done.length, failed, { what: 'file' }),
      ...listUnmet(covers, ecosystems),
    ],
  };
}

function listUnmet(covers: readonly string[], ecosystems: readonly string[]): readonly string[] {
  return covers
    .filter((said) => !ecosystems.some((one) => one === said || one.startsWith(`${said}:`)))
    .map((said) => `no file names a package of ${said}: it is not covered`);
}

const LOOSE_SHOWN = 12;

/** Of ecosystems that another feed covers, such records change nothing that people should know. */
function showLoose(loose: FeedImport['loose'], covered: ReadonlySet<string>): readonly Block[] {
  const counts = new Map<string, number>();
  for (const { ecosystem, records } of loose)
    if (!covered.has(ecosystem)) counts.set(ecosystem, (counts.get(ecosystem) ?? 0) + records);
  if (counts.size === 0) return [];
  const named = [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, LOOSE_SHOWN)
    .map(([ecosystem, records]) => `${ecosystem} (${formatCount(records, 'record')})`);
  const more = counts.size > LOOSE_SHOWN ? `, and ${counts.size - LOOSE_SHOWN} more` : '';
  return [
    showLine(
      `Not covered, because too few records to be a whole feed were found: ${named.join(', ')}` +
        `${more}. They are found, but absence proves nothing there: import the feed, or, where ` +
        `this is all there is, import again with --covers ECOSYSTEM.`,
    ),
  ];
}
