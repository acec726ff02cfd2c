import type { AdvisoryIndex } from '../../../capabilities/advisories/index.ts';
import {
  type Finding,
  type ScanReport,
  scanInventory,
} from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { SEVERITIES, type Severity } from '../../../core/severity.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { takeInventory } from '../../compose/take-inventory.ts';
import type { Config } from '../../config/config.ts';
import { encodeAdvisoryData, formatMoment } from '../advisory-data.ts';
import { type Batch, listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { clearProgress, makePrintable, paintErr, startProgress } from '../io.ts';
import type { ScanCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { applyScanVex, loadScanVex } from '../scan-vex.ts';
import { printLacks, printPartial, printRemarks } from './sbom.ts';

interface ScannedTarget {
  readonly target: string;
  readonly recognised: string;
  readonly report: ScanReport;
}

/**
 * Ends with 1 for findings of the severity of --fail-on or worse, with 3 if there are none but not
 * everything could be looked up, and with 0 if the targets are clean. What is not covered is always
 * reported, and counts as clean only with --allow-partial.
 */
export async function run(call: ScanCall): Promise<Report> {
  if (call.options.format === 'sarif' && call.args.length > 1)
    throw new Failure(
      'USAGE',
      'a SARIF document describes one target',
      'Scan one target at a time, or use --format json.',
    );
  const config = await loadCallConfig(call);
  const vex = await loadScanVex(call, config);
  const { index: standing, close } = await openAdvisories(config);
  const index = letSignalsThrough(standing, call.signal);
  try {
    const batch = await runBatch(call.args, call, (text) =>
      scanTarget(text, call, { config, index, vex }),
    );
    const scanned = batch.done;
    for (const one of scanned) printCoverage(call, one);
    const exitCode = toExitCode(call, batch);
    return {
      kind: 'result',
      exitCode,
      value: toValue('scan', () => ({
        targets: scanned.map(toJson),
        failed: batch.failed.map(toFailedJson),
      })),
      blocks: () => [showFindings(scanned)],
      findings: () => scanned,
      hints: [
        ...listFailedHints(batch.done.length, batch.failed, { exitCode }),
        ...(exitCode === 3 ? formatUnproven(listUnproven(scanned)) : []),
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
}

async function scanTarget(
  text: string,
  call: ScanCall,
  { config, index, vex }: ScanWorld,
): Promise<ScannedTarget> {
  const onProgress = startProgress(call.io, 'files read');
  const context = { ...readTargetContext(call, config), onProgress };
  const { recognised, inventory, lacks } = await takeInventory(text, context).finally(() =>
    clearProgress(call.io),
  );
  printPartial(call, inventory);
  printRemarks(call, inventory);
  printLacks(call, inventory, lacks);
  const now = toInstant(Date.now());
  const report = orThrow(await scanInventory(inventory, index, { now }));
  const judged = await applyScanVex(call, config, vex, text, report);
  return { target: text, recognised, report: judged };
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
  return listUnproven(scanned).length === 0 || options.allowPartial ? 0 : 3;
}

/** Targets that may have more findings than those that were found. */
function listUnproven(scanned: readonly ScannedTarget[]): readonly string[] {
  return scanned
    .filter(({ report }) => report.outcome === 'partial' || report.data.source === 'sample')
    .map(({ target }) => target);
}

function formatUnproven(targets: readonly string[]): readonly string[] {
  if (targets.length === 0) return [];
  const names = targets.join(', ');
  return [`not proven clean: ${names} (exit code 3); --allow-partial accepts a partial scan`];
}

function printCoverage({ io }: ScanCall, { target, recognised, report }: ScannedTarget): void {
  const { data, findings, notCovered, componentCount } = report;
  const age =
    report.updatedAt === null ? 'of unknown age' : `of ${formatInstant(report.updatedAt)}`;
  const origin =
    data.source === 'sample'
      ? 'the bundled sample, which proves nothing about what it does not contain'
      : `${formatCount(data.count, 'advisory', 'advisories')}, ${age}`;
  io.err(
    `${makePrintable(`${target}: ${recognised}`)}, ${formatCount(componentCount, 'component')}, ` +
      `${formatCount(findings.length, 'finding')}; data: ${origin}\n`,
  );
  if (data.source === 'sample')
    io.err(
      `${paintErr(io, 'yellow', 'sample data:')} import advisories: waybill advisories ` +
        `import FILE\n`,
    );
  // What could not be read was printed before.
  const open = notCovered.filter(({ place }) => place === null);
  if (open.length === 0) return;
  const whys = Map.groupBy(open, ({ why }) => why);
  io.err(`${paintErr(io, 'yellow', 'not covered:')} ${open.length}\n`);
  for (const [why, all] of [...whys].slice(0, 20))
    io.err(`  ${all.length} × ${makePrintable(why)}\n`);
}

function showFindings(scanned: readonly ScannedTarget[]): Block {
  const several = scanned.length > 1;
  const rows = scanned.flatMap(({ target, report }) =>
    report.findings.map((finding) => [...(several ? [target] : []), ...toRow(finding)]),
  );
  const header = ['SEVERITY', 'ID', 'PACKAGE', 'VERSION', 'FIXED IN', 'STATUS'];
  if (rows.length > 0) return showTable([...(several ? ['TARGET'] : []), ...header], rows);
  const whole = scanned.every(({ report }) => report.outcome === 'complete');
  return showLine(whole ? 'no findings' : 'no findings in what is covered');
}

type TargetValue = SchemaValue<'scan'>['targets'][number];

function toJson({ target, recognised, report }: ScannedTarget): TargetValue {
  const dated = {
    data: encodeAdvisoryData(report.data),
    updatedAt: formatMoment(report.updatedAt),
  };
  return { target, recognised, report: { ...report, ...dated } };
}

function toRow({
  severity,
  score,
  id,
  name,
  version: installed,
  fixed,
  status,
  development,
}: Finding): readonly string[] {
  const level = score === null ? severity : `${severity} ${score.toFixed(1)}`;
  return [
    level,
    id,
    name,
    installed,
    fixed.slice(0, 3).join(', ') || '-',
    development ? `${status} (development)` : status,
  ];
}

/**
 * A finding of unknown severity could have any severity: every threshold except `never` includes
 * it.
 */
function isOverThreshold(threshold: string, scanned: readonly ScannedTarget[]): boolean {
  const isReached = (severity: Severity): boolean => {
    if (severity === 'unknown' || threshold === 'unknown') return true;
    return SEVERITIES.indexOf(severity) <= (SEVERITIES as readonly string[]).indexOf(threshold);
  };
  return scanned.some(({ report }) =>
    report.findings.some(
      (finding) => finding.status !== 'not_affected' && isReached(finding.severity),
    ),
  );
}
