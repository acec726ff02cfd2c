import { Failure } from '../../../core/failure.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { orThrow } from '../../../core/result.ts';
import type { AuditedImage, Change } from '../../../phases/operate/index.ts';
import { type AuditReport, auditEstate } from '../../compose/audit-estate.ts';
import {
  openKnownContent,
  openLedger,
  openQuestions,
  openRegistryClient,
} from '../../compose/compose.ts';
import { openJudge } from '../../compose/open-judge.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { clearProgress, formatTable, type Io, makePrintable, paint, startProgress } from '../io.ts';

const WIDTH = 16;

/**
 * Everything known against what is in force today: 1 where something is refused, 3 where something
 * is open, 0 where all is in order.
 */
export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const judge = orThrow(await openJudge(config));
  const questions = await openQuestions(config);
  const client = await openRegistryClient(config, call.io.env);
  const known = await openKnownContent(config);
  const ledger = call.options.flag('dryRun') ? null : await openLedger(config);
  try {
    const shown = startProgress(call.io, 'images audited');
    const world = {
      questions,
      source: client,
      known,
      inForce: judge.inForce,
      append: ledger === null ? null : ledger.log.append.bind(ledger.log),
      width: WIDTH,
      signal: call.signal,
      progress: shown,
    };
    const report = await auditEstate(world, toInstant(Date.now()));
    clearProgress(call.io);
    printReport(call, report);
    return toExitCode(call, report);
  } finally {
    client.close();
    known.close();
    judge.close();
    await questions.close();
    await ledger?.close();
  }
}

function toExitCode({ options }: Call, { audited }: AuditReport): ExitCode {
  const failOn = options.text('failOn') ?? 'deny';
  if (failOn === 'never') return 0;
  const refused = audited.filter(({ evaluation }) => evaluation.refuses);
  const noted =
    failOn === 'record' &&
    audited.some(({ results }) => results.some(({ outcome }) => outcome === 'broken'));
  if (noted || refused.some(({ decision }) => decision === 'deny')) return 1;
  // mutant audit-undetermined-exit-code by operate: value -> 0
  return refused.length > 0 ? 3 : 0;
}

function printReport(call: Call, report: AuditReport): void {
  const { options, io } = call;
  const audited = options.flag('sinceLast')
    ? report.audited.filter(({ changes }) => changes.length > 0)
    : report.audited;
  if (wantsJson(call)) {
    const { at, recorded } = report;
    io.out(
      `${JSON.stringify({ at: formatInstant(at), recorded, counts: countDecisions(report), rules: countByRule(report), audited: audited.map(toJson) }, null, 2)}\n`,
    );
    return;
  }
  const { allow, deny, undetermined } = countDecisions(report);
  if (report.audited.length === 0) throw createNothingKnownFailure();
  const shown = options.flag('all') || options.flag('sinceLast') ? audited : audited.filter(isOpen);
  for (const [title, some] of [
    ['running', shown.filter(({ place }) => place !== null)],
    ['released, and seen to run nowhere', shown.filter(({ place }) => place === null)],
  ] as const) {
    if (some.length === 0) continue;
    const rows = options.flag('all') ? some : some.slice(0, ROWS_SHOWN_MAX);
    io.out(`${paint(io, 'bold', title)}\n${formatTable(HEADER, rows.map(toRow))}`);
    for (const one of rows) io.out(explainAudit(io, one));
    if (some.length > rows.length)
      io.out(`${some.length - rows.length} more: --all, or --format json\n`);
    io.out('\n');
  }
  for (const { rule, outcome, images } of countByRule(report))
    io.out(`${rule}: ${outcome} for ${images}\n`);
  io.out(
    `${deny} denied, ${undetermined} undetermined, ${allow} allowed; ${describeChanges(report)}\n`,
  );
}

/** More than people read one by one; the counts by rule say what the rest is. */
const ROWS_SHOWN_MAX = 100;

/** How many images each rule is broken or open for, the most first. */
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
  const remedy = 'Release something: waybill release; and say what runs: waybill watch.';
  return new Failure('NOT_FOUND', 'the graph knows no release and nothing that runs', remedy);
}

/** What somebody has to look at: refused or open, or a rule that only records is broken. */
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

function explainAudit(io: Io, { reference, results, changes, previousAt }: AuditedImage): string {
  const open = results.filter(({ outcome }) => outcome !== 'holds');
  if (open.length === 0 && changes.length === 0) return '';
  const rules = open.map(({ rule, action, outcome, message, fix }) => {
    const head =
      `  ${outcome} ${rule}${action === 'deny' ? '' : ` (${action})`}: ` +
      `${makePrintable(toOneLine(message ?? outcome, 600))}`;
    return fix === null ? head : `${head}\n    fix: ${makePrintable(fix)}`;
  });
  const since = previousAt === null ? '' : ` since ${formatInstant(previousAt)}`;
  const changed = changes.map(
    (change) =>
      `  ${paint(io, 'yellow', `changed${since}:`)} ${makePrintable(describeChange(change))}`,
  );
  return `${makePrintable(reference)}\n${[...rules, ...changed].join('\n')}\n`;
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
      return `the tag leads to ${change.to} now, no longer to ${change.from ?? 'nothing'}`;
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

function toJson(audited: AuditedImage): object {
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
  const formatTime = (at: number | null): string | null =>
    at === null ? null : formatInstant(toInstant(at));
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
