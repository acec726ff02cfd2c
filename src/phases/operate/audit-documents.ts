import { sha256 } from '../../core/digest.ts';
import { formatInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { getOwn } from '../../core/own.ts';
import type { RuleResult } from '../../core/verdict.ts';
import type { AuditedImage, AuditedPlace } from '../../gates/audit/index.ts';
import type { AuditReport } from './audit-estate.ts';

/** Where the results of an audit are read in a cluster. */
export type ReportForm = 'policyreport' | 'openreports' | 'events';

type RunningImage = AuditedImage & { readonly place: AuditedPlace };

/** A store takes objects of 1.5 MiB: so many results, with messages as below, are less. */
const RESULTS_IN_ONE_REPORT = 500;
const MESSAGE_CHARACTERS = 800;

/**
 * The audit of what one cluster runs, as objects of that cluster: one or more reports for each
 * namespace, or one event for each workload that is refused. All results are kept (G49), in as many
 * reports as they need (G50).
 */
export function buildAuditObjects(
  report: AuditReport,
  {
    form,
    cluster,
    policy,
  }: { readonly form: ReportForm; readonly cluster: string; readonly policy: string },
): readonly object[] {
  const running = report.audited.filter(
    (one): one is RunningImage => one.place !== null && one.place.cluster === cluster,
  );
  if (form === 'events') return running.flatMap((one) => buildEvent(one, report) ?? []);
  const groups = Map.groupBy(running, ({ place }) => place.namespace);
  return [...groups].flatMap(([namespace, all]) => {
    const results = all.flatMap((one) => buildResults(one, report, policy));
    const parts = Math.max(1, Math.ceil(results.length / RESULTS_IN_ONE_REPORT));
    return Array.from({ length: parts }, (_, at) => {
      // mutant report-with-all-results by audit-documents: value -> results
      const some = results.slice(at * RESULTS_IN_ONE_REPORT, (at + 1) * RESULTS_IN_ONE_REPORT);
      return buildReport(form, namespace, at, some);
    });
  });
}

const HEADS = {
  policyreport: { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: 'PolicyReport' },
  openreports: { apiVersion: 'openreports.io/v1alpha1', kind: 'Report' },
} as const;
const LABELS = { 'app.kubernetes.io/managed-by': 'waybill' };
const OUTCOMES = ['pass', 'fail', 'warn', 'error', 'skip'] as const;

interface ReportResult {
  readonly result: (typeof OUTCOMES)[number];
  readonly [member: string]: unknown;
}

function buildReport(
  form: keyof typeof HEADS,
  namespace: string,
  part: number,
  results: readonly ReportResult[],
): object {
  const summary = Object.fromEntries(
    OUTCOMES.map((one) => [one, results.filter(({ result }) => result === one).length]),
  );
  return {
    ...HEADS[form],
    metadata: { name: `waybill-audit-${part + 1}`, namespace, labels: LABELS },
    ...(form === 'openreports' ? { source: 'waybill' } : {}),
    summary,
    results,
  };
}

/** One for each rule of the audit gate; an image about which no rule could be asked is an error. */
function buildResults(
  audited: RunningImage,
  { at }: AuditReport,
  policy: string,
): readonly ReportResult[] {
  const { place, subject, reference, release, decision, results } = audited;
  const common = {
    source: 'waybill',
    policy,
    category: 'Supply chain',
    timestamp: { seconds: Math.floor(at / 1_000), nanos: (at % 1_000) * 1_000_000 },
    resources: [toReference(place)],
    properties: {
      image: subject,
      reference: reference.slice(0, LIMITS.referenceBytesMax),
      decision,
      ...(release === null ? {} : { release: `${release.name} ${release.version}` }),
      ...(release?.owner == null ? {} : { owner: release.owner }),
      ...(release?.source == null ? {} : { commit: release.source.commit }),
    },
  };
  if (results.length === 0)
    return [{ ...common, rule: 'image', result: 'error', message: 'nothing could be judged' }];
  return results.map((one) => ({
    ...common,
    rule: one.rule,
    result: toResult(one),
    ...(one.outcome === 'holds' ? {} : { severity: one.action === 'deny' ? 'high' : 'medium' }),
    message: explain(one),
  }));
}

/** Undetermined is an error, and never a pass. */
function toResult({ outcome, action }: RuleResult): ReportResult['result'] {
  if (outcome === 'holds') return 'pass';
  // mutant undetermined-passes-in-a-report by audit-documents: value -> 'pass'
  if (outcome === 'undetermined') return 'error';
  return action === 'deny' ? 'fail' : 'warn';
}

function explain({ outcome, message, fix }: RuleResult): string {
  const said =
    outcome === 'holds' ? 'holds' : `${message ?? outcome}${fix === null ? '' : `; fix: ${fix}`}`;
  return toOneLine(said, MESSAGE_CHARACTERS);
}

const VERSIONS: Readonly<Record<string, string>> = {
  Pod: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};

function toReference({ namespace, kind, name }: AuditedPlace) {
  const apiVersion = getOwn(VERSIONS, kind) ?? 'apps/v1';
  return { apiVersion, kind, namespace, name };
}

/** Where `kubectl describe` shows it. Its name is that of what it says, so it is there once. */
function buildEvent(audited: RunningImage, { at }: AuditReport): object | null {
  const { place, subject, reference, decision, results, evaluation } = audited;
  if (!evaluation.refuses) return null;
  const broken = results.filter(({ outcome, action }) => outcome !== 'holds' && action === 'deny');
  const why = broken.map(({ rule, message }) => `${rule}: ${message ?? ''}`).join('; ');
  const involvedObject = toReference(place);
  const id = sha256(JSON.stringify([involvedObject, subject, decision, why])).slice(7, 23);
  const time = formatInstant(at);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `waybill-${id}`, namespace: place.namespace, labels: LABELS },
    involvedObject,
    type: 'Warning',
    reason: decision === 'deny' ? 'ImageDenied' : 'ImageUndetermined',
    message: toOneLine(`${reference}: ${decision}: ${why}`, MESSAGE_CHARACTERS),
    source: { component: 'waybill' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

const LEVELS = { deny: 'error', warn: 'warning', record: 'note' } as const;

/** SARIF 2.1.0 (OASIS): each rule that does not hold, at the image and the workload. */
export function writeAuditSarif(report: AuditReport, version: string): Uint8Array {
  const open = report.audited.flatMap((audited) =>
    audited.results.filter(({ outcome }) => outcome !== 'holds').map((one) => ({ audited, one })),
  );
  const rules = [...new Set(open.map(({ one }) => one.rule))].map((id) => ({ id }));
  const results = open.map(({ audited, one }) => ({
    ruleId: one.rule,
    level: LEVELS[one.action],
    kind: one.outcome === 'undetermined' ? 'open' : 'fail',
    message: { text: explain(one) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(audited.reference) } },
        logicalLocations: listPlaces(audited),
      },
    ],
    partialFingerprints: {
      'waybillAudit/v1': sha256(JSON.stringify([audited.subject, audited.place, one.rule])),
    },
  }));
  const driver = { name: 'waybill', version, rules };
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', results: results.map(fixOpen) };
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

/** SARIF 2.1.0 §3.27.10: a level belongs to a result that failed; an open one has none. */
function fixOpen<T extends { readonly kind: string; readonly level: string }>(one: T): T {
  return one.kind === 'open' ? { ...one, level: 'none' } : one;
}

function listPlaces({ place }: AuditedImage): readonly object[] {
  if (place === null) return [];
  const { cluster, namespace, kind, name } = place;
  return [{ fullyQualifiedName: `${cluster}/${namespace}/${kind}/${name}`, kind: 'resource' }];
}
