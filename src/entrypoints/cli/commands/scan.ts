import { resolve } from 'node:path';
import {
  type AdvisoryIndex,
  dateFeed,
  toVulnerabilityUrl,
} from '../../../capabilities/advisories/index.ts';
import type { Inventory, OperatingSystem } from '../../../capabilities/ecosystems/index.ts';
import {
  type Baseline,
  type Finding,
  findDependencyPaths,
  isProven,
  parseBaseline,
  type ScanReport,
  scanInventory,
} from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import { formatAnswerInstant, formatInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { reachesSeverity, type Severity } from '../../../core/severity.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { takeInventory } from '../../compose/take-inventory.ts';
import type { Target } from '../../compose/targets.ts';
import { openTree } from '../../compose/trees.ts';
import type { Config } from '../../config/config.ts';
import { encodeAdvisoryData, formatMoment } from '../advisory-data.ts';
import { type Batch, listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { locateFindings } from '../finding-lines.ts';
import { clearProgress, makePrintable, paintErr, sayNote, startProgress } from '../io.ts';
import { listTargets } from '../many-targets.ts';
import type { ScanCall } from '../options/inventory.ts';
import { isDismissed, isSettled } from '../report/finding-text.ts';
import { type ExitCode, type Report, type TargetFindings, toLongValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { explainFindings, showExplained } from '../scan-explained.ts';
import { showFindings } from '../scan-table.ts';
import { toTree } from '../scan-tree.ts';
import { applyScanVex, loadScanVex } from '../scan-vex.ts';
import { printLacks, printPartial, printRemarks } from './sbom.ts';

interface ScannedTarget extends TargetFindings {
  readonly recognised: string;
}

/**
 * Ends with 1 for findings of the severity of --fail-on or worse, with 3 if there are none but not
 * everything could be looked up, and with 0 if the targets are clean. What is not covered is always
 * reported, and counts as clean only with --allow-partial.
 */
export async function run(call: ScanCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const vex = await loadScanVex(call, config);
  const baseline = await loadBaseline(call);
  const { index: standing, close } = await openAdvisories(config);
  const index = letSignalsThrough(standing, call.signal);
  try {
    const wanted = { args: call.args, lists: call.options.targets };
    const batch = await runBatch(await listTargets(wanted, call.io), call, (text) =>
      scanTarget(text, call, { config, index, vex, baseline }),
    );
    const scanned = batch.done;
    const explained = call.options.explain ? await explainTargets(config, scanned) : null;
    for (const one of scanned) printCoverage(call, one);
    for (const line of listSources(scanned)) sayNote(call.io, `${makePrintable(line)}\n`);
    const exitCode = toExitCode(call, batch);
    const { allowPartial: acceptsPartial, groupBy } = call.options;
    const found = { targets: scanned, failed: batch.failed, acceptsPartial, groupBy };
    return {
      kind: 'result',
      exitCode,
      value: toLongValue(
        'scan',
        'targets',
        () => encodeTargets(scanned, explained),
        () => ({
          failed: batch.failed.map(toFailedJson),
        }),
      ),
      blocks: () => [...showFindings(found), ...(explained ?? []).flatMap(showExplained)],
      tree: () => scanned.map(toTree),
      findings: () => found,
      hints: [
        ...listFailedHints(batch.done.length, batch.failed, { exitCode }),
        ...(exitCode === 3 ? formatUnproven(scanned) : []),
      ],
    };
  } finally {
    close();
  }
}

interface ScanWorld {
  readonly config: Config;
  readonly index: AdvisoryIndex;
  readonly vex: Awaited<ReturnType<typeof loadScanVex>>;
  readonly baseline: Baseline | null;
}

async function loadBaseline({ options, io }: ScanCall): Promise<Baseline | null> {
  if (options.baseline === undefined) return null;
  const bytes = await readFileBounded(resolve(io.cwd, options.baseline), LIMITS.documentBytesMax);
  return orThrow(readWithinBudget(bytes, () => parseBaseline(bytes)));
}

async function scanTarget(
  text: string,
  call: ScanCall,
  { config, index, vex, baseline }: ScanWorld,
): Promise<ScannedTarget> {
  const onProgress = startProgress(call.io, 'files read');
  const context = { ...readTargetContext(call, config), onProgress };
  const {
    recognised,
    inventory,
    lacks,
    target: named,
  } = await takeInventory(text, context).finally(() => clearProgress(call.io));
  printPartial(call, inventory);
  printRemarks(call, inventory);
  printLacks(call, inventory, lacks);
  const now = toInstant(Date.now());
  const report = orThrow(await scanInventory(inventory, index, { now }));
  const judged = await applyScanVex(call, config, vex, text, report);
  const shown = call.options.onlyFixed ? leaveUnfixedOut(judged) : judged;
  const known = shown.findings.filter((finding) => baseline?.knows(text, finding) === true);
  return {
    ...{ target: text, recognised, report: shown },
    unfixed: judged.findings.length - shown.findings.length,
    known: baseline === null ? null : new Set(known),
    isSystem: SYSTEMS.has(named.kind),
    system: formatSystem(inventory.os),
    findPath: keepPaths(inventory, shown.findings),
    findLine:
      named.kind === 'tree'
        ? await locateFindings(orThrow(await openTree(named.path)), shown)
        : () => null,
  };
}

/** The paths to what was found: the inventory of each of many targets would not fit into memory. */
function keepPaths(inventory: Inventory, findings: readonly Finding[]): TargetFindings['findPath'] {
  const find = findDependencyPaths(inventory);
  const paths = new Map(findings.map(({ component }) => [component, find(component)]));
  return (component) => paths.get(component) ?? null;
}

/** Without the findings that nobody can fix by an upgrade; what is dismissed stays visible. */
function leaveUnfixedOut(report: ScanReport): ScanReport {
  const isShown = (finding: Finding): boolean => finding.fixed.length > 0 || isDismissed(finding);
  return { ...report, findings: report.findings.filter(isShown) };
}

const SYSTEMS: ReadonlySet<Target['kind']> = new Set(['image', 'layout', 'rootfs']);

/** `debian:12` */
function formatSystem(os: OperatingSystem | null): string | null {
  if (os === null) return null;
  return os.versionId === null ? os.id : `${os.id}:${os.versionId}`;
}

/** A target that was not read at all is nothing that --allow-partial accepts. */
function toExitCode(
  { options }: ScanCall,
  { done: scanned, failed }: Batch<ScannedTarget>,
): ExitCode {
  if (options.failOn !== 'never' && isOverThreshold(options.failOn, scanned)) return 1;
  // mutant unread-target-is-clean by batch: remove
  if (failed.length > 0) return 3;
  if (options.failOn === 'never') return 0;
  // mutant nothing-recognised-is-clean by batch: remove
  if (listUnrecognised(scanned).length > 0) return 3;
  return listUnproven(scanned).length === 0 || options.allowPartial ? 0 : 3;
}

/** Targets of which nothing was looked up: there is no part that --allow-partial could accept. */
function listUnrecognised(scanned: readonly ScannedTarget[]): readonly string[] {
  return scanned
    .filter(({ report }) => report.outcome === 'partial' && report.componentCount === 0)
    .map(({ target }) => target);
}

/** Targets that may have more findings than those that were found. */
function listUnproven(scanned: readonly ScannedTarget[]): readonly string[] {
  return scanned.filter(({ report }) => !isProven(report)).map(({ target }) => target);
}

function formatUnproven(scanned: readonly ScannedTarget[]): readonly string[] {
  const nothing = listUnrecognised(scanned);
  const partial = listUnproven(scanned).filter((target) => !nothing.includes(target));
  return [
    ...(nothing.length === 0
      ? []
      : [
          `nothing was recognised in ${nothing.join(', ')}, so nothing was looked up (exit code 3)`,
        ]),
    ...(partial.length === 0
      ? []
      : [
          `not proven clean: ${partial.join(', ')} (exit code 3); --allow-partial accepts a ` +
            'partial scan',
        ]),
  ];
}

function printCoverage(
  { io }: ScanCall,
  { target, recognised, report, unfixed }: ScannedTarget,
): void {
  const { data, findings, notCovered, componentCount } = report;
  const left = unfixed === 0 ? '' : ` (${unfixed} without a fixed version left out)`;
  const age =
    report.updatedAt === null ? 'of unknown age' : `of ${formatInstant(report.updatedAt)}`;
  const origin =
    data.source === 'sample'
      ? 'the bundled sample, which proves nothing about what it does not contain'
      : `${formatCount(data.count, 'advisory', 'advisories')}, ${age}`;
  sayNote(
    io,
    `${makePrintable(`${target}: ${recognised}`)}, ${formatCount(componentCount, 'component')}, ` +
      `${formatCount(findings.length, 'finding')}${left}; data: ${origin}\n`,
  );
  if (data.source === 'sample')
    io.err(
      `${paintErr(io, 'yellow', 'sample data:')} get the real advisories: waybill ` +
        `advisories update TARGET\n`,
    );
  // What could not be read was printed before.
  const open = notCovered.filter(({ place }) => place === null);
  if (open.length === 0) return;
  const whys = Map.groupBy(open, ({ why }) => why);
  io.err(`${paintErr(io, 'yellow', 'not covered:')} ${open.length}\n`);
  for (const [why, all] of [...whys].slice(0, 20))
    io.err(`  ${all.length} × ${makePrintable(why)}\n`);
}

const SOURCES_SHOWN = 12;

/** Where the components of all targets were looked up, each feed once, and how old it is. */
function listSources(scanned: readonly ScannedTarget[]): readonly string[] {
  const lines = new Set<string>();
  for (const { report } of scanned)
    for (const feed of report.feeds ?? []) {
      const at = dateFeed(feed);
      const age = at === null ? 'of unknown age' : `of ${formatInstant(at)}`;
      lines.add(`looked up in ${feed.ecosystem}: ${feed.feed}, ${age}`);
    }
  const more = lines.size - SOURCES_SHOWN;
  const shown = [...lines].sort().slice(0, SOURCES_SHOWN);
  return more > 0 ? [...shown, `and ${more} more`] : shown;
}

type TargetValue = SchemaValue<'scan'>['targets'][number];

type Explanation = Awaited<ReturnType<typeof explainFindings>>;

function explainTargets(config: Config, scanned: readonly ScannedTarget[]): Promise<Explanation> {
  const affected = scanned.map(({ report }) =>
    report.findings.filter((finding) => !isDismissed(finding)),
  );
  return explainFindings(config, affected);
}

function* encodeTargets(
  scanned: readonly ScannedTarget[],
  explained: Explanation | null,
): Generator<TargetValue> {
  for (const [at, one] of scanned.entries()) {
    const some = explained?.[at];
    yield { ...toJson(one), ...(some === undefined ? {} : { explained: some }) };
  }
}

function toJson(one: ScannedTarget): TargetValue {
  const { target, recognised, report, findPath, findLine, known, unfixed } = one;
  const dated = {
    data: encodeAdvisoryData(report.data),
    updatedAt: formatMoment(report.updatedAt),
    scannedAt: formatAnswerInstant(report.scannedAt),
  };
  const findings = report.findings.map((found) => {
    const { modified, vex, kev = null, epss = null, severitySource = null, ...finding } = found;
    return {
      ...finding,
      severitySource,
      kev,
      epss,
      modifiedAt: formatMoment(modified ?? null),
      vex: vex === undefined || vex === null ? null : { ...vex, at: formatMoment(vex.at) },
      path: findPath(finding.component),
      line: findLine(found),
      known: known?.has(found) ?? null,
      link: toVulnerabilityUrl(finding.id),
    };
  });
  const { vexRemarks = [], threats = [], feeds = [], support = null, ...rest } = report;
  const sources = threats.map((source) => ({
    ...source,
    at: formatMoment(source.at),
    importedAt: formatAnswerInstant(source.importedAt),
  }));
  const lookedUpIn = feeds.map((feed) => ({
    ...{ ecosystem: feed.ecosystem, feed: feed.feed, databases: [...feed.databases] },
    updatedAt: formatMoment(dateFeed(feed)),
  }));
  const said = { vexRemarks, threats: sources, support, lookedUpIn };
  return { target, recognised, report: { ...rest, ...said, ...dated, findings, unfixed } };
}

/**
 * A finding of unknown severity could have any severity: every threshold except `never` includes
 * it.
 */
function isOverThreshold(threshold: Severity, scanned: readonly ScannedTarget[]): boolean {
  return scanned.some((one) =>
    one.report.findings.some(
      (finding) => !isSettled(one, finding) && reachesSeverity(finding.severity, threshold),
    ),
  );
}
