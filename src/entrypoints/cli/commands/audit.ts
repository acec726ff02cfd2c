import type { Policy } from '../../../capabilities/policy/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import {
  type AnswerInstant,
  formatAnswerInstant,
  formatInstant,
  toInstant,
} from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { orThrow } from '../../../core/result.ts';
import type { AuditedImage, Change } from '../../../gates/audit/index.ts';
import { formatManifest } from '../../../phases/deploy/index.ts';
import {
  type AuditReport,
  auditEstate,
  buildAuditObjects,
  type ReportForm,
  writeAuditSarif,
} from '../../../phases/operate/index.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import { openJudge } from '../../compose/open-judge.ts';
import { openKnownContent, openRegistryClient } from '../../compose/registry.ts';
import { version } from '../../compose/version.ts';
import type { Config } from '../../config/config.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { AuditCall } from '../options/operate.ts';
import { type Block, paint, showLine, showProse, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

const WIDTH = 16;

/**
 * Judges everything known by what is in force today. Ends with 1 if something is refused, with 3 if
 * something is undetermined, else with 0.
 */
export async function run(call: AuditCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const judge = orThrow(await openJudge(config));
  const questions = await openQuestions(config);
  const client = await openRegistryClient(config, call.io.env);
  const known = await openKnownContent(config);
  const ledger = call.options.dryRun ? null : await openLedger(config);
  try {
    const shown = startProgress(call.io, 'images audited');
    const world = {
      questions,
      source: client,
      known,
      inForce: {
        ...judge.inForce,
        advisories: letSignalsThrough(judge.inForce.advisories, call.signal),
      },
      append: ledger === null ? null : ledger.log.append.bind(ledger.log),
      width: WIDTH,
      signal: call.signal,
      reading: readWithinBudget,
      deadline: (ms: number) => AbortSignal.timeout(ms),
      elapsedMs: () => performance.now(),
      progress: shown,
    };
    const report = await auditEstate(world, toInstant(Date.now()));
    clearProgress(call.io);
    const audited = call.options.sinceLast
      ? report.audited.filter(({ changes }) => changes.length > 0)
      : report.audited;
    return {
      kind: 'result',
      exitCode: toExitCode(call, report, judge.inForce.policy),
      value: toValue('audit', () => toValueJson(report, audited)),
      blocks: () => showReport(call, report, audited),
      documents: listDocuments(call, config, { ...report, audited }, judge.inForce.policy),
    };
  } finally {
    client.close();
    known.close();
    judge.close();
    await questions.close();
    await ledger?.close();
  }
}

/** For those who read elsewhere: what they get is what the table shows. */
function listDocuments(
  { options }: AuditCall,
  config: Config,
  report: AuditReport,
  { name: policy }: Policy,
): NonNullable<Extract<Report, { readonly kind: 'result' }>['documents']> {
  const cluster = options.cluster ?? config.cluster;
  const build = (form: ReportForm) => () => {
    const objects = buildAuditObjects(report, { form, cluster, policy });
    return new TextEncoder().encode(objects.map(formatManifest).join('---\n'));
  };
  return {
    sarif: () => writeAuditSarif(report, version()),
    policyreport: build('policyreport'),
    openreports: build('openreports'),
    events: build('events'),
  };
}

function toExitCode(
  { options }: AuditCall,
  { audited, undigested, undigestedMore }: AuditReport,
  { modes }: Policy,
): ExitCode {
  const { failOn } = options;
  if (failOn === 'never') return 0;
  const refused = audited.filter(({ evaluation }) => evaluation.refuses);
  const noted =
    failOn === 'record' &&
    audited.some(({ results }) => results.some(({ outcome }) => outcome === 'broken'));
  if (noted || refused.some(({ decision }) => decision === 'deny')) return 1;
  // mutant container-that-no-audit-judges by operate: value -> false
  const isOpen = modes.audit === 'enforce' && (undigested.length > 0 || undigestedMore);
  // mutant audit-undetermined-exit-code by operate: value -> 0
  return refused.length > 0 || isOpen ? 3 : 0;
}

function toValueJson(report: AuditReport, audited: readonly AuditedImage[]): SchemaValue<'audit'> {
  return {
    at: formatAnswerInstant(report.at),
    recorded: report.recorded,
    counts: countDecisions(report),
    rules: countByRule(report),
    audited: audited.map(toJson),
    undigested: report.undigested.map(({ cluster, region, namespace, workload, reference }) => {
      const { kind, name, container } = workload;
      return { running: { cluster, region, namespace, kind, name }, container, reference };
    }),
    undigestedMore: report.undigestedMore,
    observed: report.observed,
    silent: report.silent.map(({ cluster, region, until }) => {
      return { cluster, region, until: formatAnswerInstant(until) };
    }),
  };
}

function showReport(
  { options }: AuditCall,
  report: AuditReport,
  audited: readonly AuditedImage[],
): readonly Block[] {
  if (report.audited.length === 0 && report.undigested.length === 0)
    throw createNothingKnownFailure();
  const { allow, deny, undetermined } = countDecisions(report);
  const shown = options.all || options.sinceLast ? audited : audited.filter(isOpen);
  const rowsMax = options.all ? shown.length : ROWS_SHOWN_MAX;
  return [
    ...showGroup(
      'running',
      shown.filter(({ place }) => place !== null),
      rowsMax,
    ),
    ...showGroup(
      'released, and not running as far as is known',
      shown.filter(({ place }) => place === null),
      rowsMax,
    ),
    ...showUndigested(report, rowsMax),
    ...showUnseen(report),
    ...countByRule(report).map(({ rule, outcome, images }) =>
      showLine(`${rule}: ${outcome} for ${formatCount(images, 'image')}`),
    ),
    showLine(
      `${deny} denied, ${undetermined} undetermined, ${allow} allowed; ${describeChanges(report)}`,
    ),
  ];
}

/** They are no images that a gate could be asked about, so they are no undetermined ones. */
function showUndigested(report: AuditReport, rowsMax: number): readonly Block[] {
  const { undigested, undigestedMore } = report;
  const shown = undigested.slice(0, rowsMax);
  const more = undigestedMore || undigested.length > shown.length;
  return [
    ...shown.map(({ cluster, namespace, workload: { kind, name, container }, reference }) =>
      showLine(
        `not judged, because no digest says what runs: ${reference} in container ${container} of ` +
          `${cluster}/${namespace}/${kind}/${name}`,
      ),
    ),
    ...(more ? [showLine('there are more such containers')] : []),
  ];
}

/** A team without a cluster audits what it released: this alone is no refusal. */
function showUnseen({ observed, silent }: AuditReport): readonly Block[] {
  if (!observed)
    return [showLine('what runs was not judged, because no cluster was observed: waybill watch')];
  return silent.map(({ cluster, until }) =>
    showLine(
      `what runs in ${cluster} is not known since ${formatInstant(until)}: its last observation ` +
        'has ended',
    ),
  );
}

function showGroup(
  title: string,
  audited: readonly AuditedImage[],
  rowsMax: number,
): readonly Block[] {
  if (audited.length === 0) return [];
  const rows = audited.slice(0, rowsMax);
  const hidden = audited.length - rows.length;
  return [
    showLine(paint('bold', title)),
    showTable(HEADER, rows.map(toRow)),
    ...rows.flatMap(explainAudit),
    ...(hidden > 0 ? [showLine(`${hidden} more: --all, or --format json`)] : []),
    showLine(),
  ];
}

/** More than people read one by one; the counts by rule summarise the rest. */
const ROWS_SHOWN_MAX = 100;

/** For each rule the number of images for which it is broken or undetermined, the largest first. */
function countByRule({ audited }: AuditReport) {
  const open = audited.flatMap(({ results }) =>
    results.filter(({ outcome }) => outcome !== 'holds'),
  );
  const groups = Object.values(Object.groupBy(open, ({ rule, outcome }) => `${rule} ${outcome}`));
  return groups
    .flatMap((group = []) =>
      group.slice(0, 1).map(({ rule, outcome }) => ({ rule, outcome, images: group.length })),
    )
    .toSorted((one, other) => other.images - one.images);
}

function createNothingKnownFailure(): Failure {
  const remedy = 'Release something: waybill release. Record what runs: waybill watch.';
  return new Failure('NOT_FOUND', 'the graph contains no release and no running workload', remedy);
}

/** What needs attention: refused or undetermined, or a rule that only records is broken. */
function isOpen({ decision, results, changes }: AuditedImage): boolean {
  return (
    decision !== 'allow' ||
    changes.length > 0 ||
    results.some(({ outcome }) => outcome === 'broken')
  );
}

const HEADER = [
  'DECISION',
  'CLUSTER',
  'REGION',
  'NAMESPACE',
  'WORKLOAD',
  'RELEASE',
  'OWNER',
  'IMAGE',
];

function toRow({ decision, place, release, reference }: AuditedImage): readonly string[] {
  const where =
    place === null
      ? ['-', '-', '-', '-']
      : [place.cluster, place.region ?? '-', place.namespace, `${place.kind}/${place.name}`];
  const what = release === null ? 'unknown' : `${release.name} ${release.version}`;
  return [decision, ...where, what, release?.owner ?? 'nobody', reference];
}

function explainAudit({ reference, results, changes, previousAt }: AuditedImage): readonly Block[] {
  const open = results.filter(({ outcome }) => outcome !== 'holds');
  if (open.length === 0 && changes.length === 0) return [];
  const since = previousAt === null ? '' : ` since ${formatInstant(previousAt)}`;
  return [
    showLine(reference),
    ...open.flatMap(({ rule, action, outcome, message, fix }) => [
      showLine(
        `  ${outcome} ${rule}${action === 'deny' ? '' : ` (${action})`}: ` +
          toOneLine(message ?? outcome, LIMITS.ruleMessageCharactersMax),
      ),
      ...(fix === null ? [] : [showProse(['    fix: '], fix)]),
    ]),
    ...changes.map((change) =>
      showLine('  ', paint('yellow', `changed${since}:`), ` ${describeChange(change)}`),
    ),
  ];
}

function describeChange(change: Change): string {
  switch (change.kind) {
    case 'decision':
      return `${change.from} -> ${change.to}; ${toOneLine(change.causes.join('; '), 600)}`;
    case 'rule':
      return (
        `${change.rule}: ${change.from} -> ${change.to}; ` +
        `${toOneLine(change.causes.join('; '), 600)}`
      );
    case 'finding': {
      const what = !change.isNew
        ? 'finding gone'
        : change.was === null
          ? 'new finding'
          : `finding was ${change.was}`;
      return `${what}: ${toOneLine(`${change.id} (${change.severity}) in ${change.component}`)}`;
    }
    case 'tag':
      return `the tag now points to ${change.to}, before it pointed to ${change.from ?? 'nothing'}`;
    default:
      return change satisfies never;
  }
}

function countDecisions({ audited }: AuditReport) {
  const count = (wanted: AuditedImage['decision']) =>
    audited.filter(({ decision }) => decision === wanted).length;
  return { allow: count('allow'), deny: count('deny'), undetermined: count('undetermined') };
}

function describeChanges({ audited, recorded }: AuditReport): string {
  const changed = audited.filter(({ changes }) => changes.length > 0).length;
  const first = audited.filter(({ previousAt }) => previousAt === null).length;
  return (
    `${changed} changed since the last audit, ${first} audited for the first time, ${recorded} ` +
    'recorded'
  );
}

function toJson(audited: AuditedImage): SchemaValue<'audit'>['audited'][number] {
  const {
    subject,
    reference,
    release,
    place,
    decision,
    results,
    validUntil,
    previousAt,
    changes,
    basis,
    evaluation,
  } = audited;
  const formatTime = (at: number | null): AnswerInstant | null =>
    at === null ? null : formatAnswerInstant(toInstant(at));
  return {
    image: subject,
    reference,
    release:
      release === null
        ? null
        : { name: release.name, version: release.version, source: release.source },
    owner: release?.owner ?? null,
    running: place,
    decision,
    refuses: evaluation.refuses,
    results,
    findings: basis.findings,
    tagDigest: basis.tagDigest,
    validUntil: formatTime(validUntil),
    previousAt: formatTime(previousAt),
    changes,
  };
}
