import { toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import type { Finding } from '../../../capabilities/scanning/index.ts';
import { formatRatingSource } from '../../../core/severity.ts';
import { makePrintable } from '../io.ts';
import { compareRisk, describeDismissal, listAllDoubts, namePath } from './finding-text.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport, TargetFindings } from './report.ts';

const HEADER = [
  ...(['KIND', 'TARGET', 'SEVERITY', 'SCORE', 'ID', 'ALIASES', 'PACKAGE', 'VERSION'] as const),
  ...(['PURL', 'FIXED IN', 'STATUS', 'KNOWN', 'VEX', 'REASON', 'DEVELOPMENT'] as const),
  ...(['LOCATION', 'LINE', 'PATH', 'TITLE', 'LINK'] as const),
  ...(['VECTOR', 'RATED BY', 'KEV', 'KEV DUE', 'EPSS', 'EPSS PERCENTILE'] as const),
];
type Row = Partial<Readonly<Record<(typeof HEADER)[number], string>>>;

/**
 * Comma-separated values (RFC 4180): a row for each finding, and one for each thing that was not
 * covered.
 */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const { targets = [], failed = [] } = findings?.() ?? {};
  const rows: readonly Row[] = [
    ...targets.flatMap(listRows),
    ...failed.map(({ target, failure }) => {
      return { KIND: 'failed', TARGET: target, REASON: failure.message };
    }),
  ];
  const lines = rows.map((row) => HEADER.map((name) => formatCell(row[name] ?? '')).join(','));
  const content = [HEADER.join(','), ...lines].map((line) => `${line}\r\n`).join('');
  // As bytes, because a terminal is shown no carriage return; no other control character is left.
  return [{ to: 'out', content: new TextEncoder().encode(content) }];
}

function listRows(one: TargetFindings): readonly Row[] {
  const { target, report } = one;
  return [
    ...report.findings.toSorted(compareRisk).map((finding) => toRow(one, finding)),
    ...listAllDoubts(one).map(({ kind, purl, place, why }): Row => {
      return { KIND: kind, TARGET: target, PURL: purl ?? '', LOCATION: place ?? '', REASON: why };
    }),
  ];
}

function toRow({ target, findPath, findLine, known }: TargetFindings, finding: Finding): Row {
  const { severity, score, id, aliases, name, version, component, fixed, status } = finding;
  return {
    KIND: 'finding',
    TARGET: target,
    SEVERITY: severity,
    SCORE: score?.toFixed(1) ?? '',
    ID: id,
    ALIASES: aliases.join(' '),
    PACKAGE: name,
    VERSION: version,
    PURL: component,
    'FIXED IN': fixed.join(' '),
    STATUS: status,
    KNOWN: known === null ? '' : known.has(finding) ? 'yes' : 'no',
    VEX: describeDismissal(finding) ?? '',
    REASON: finding.rule,
    DEVELOPMENT: finding.development ? 'yes' : 'no',
    LOCATION: finding.locations.join(' '),
    LINE: findLine(finding)?.toString() ?? '',
    PATH: namePath(findPath(component) ?? []).join(' > '),
    TITLE: finding.title ?? '',
    LINK: toVulnerabilityUrl(id),
    ...toRiskCells(finding),
  };
}

/** Empty where it is unknown. */
function toRiskCells({ vector, severitySource, kev, epss }: Finding): Row {
  return {
    VECTOR: vector ?? '',
    'RATED BY': formatRatingSource(severitySource),
    KEV: kev === null || kev === undefined ? '' : kev.listed ? 'yes' : 'no',
    'KEV DUE': kev?.due ?? '',
    EPSS: epss?.score.toString() ?? '',
    'EPSS PERCENTILE': epss?.percentile.toString() ?? '',
  };
}

/**
 * A cell that no program of tables takes for a formula: an apostrophe stands before what would
 * begin one, also behind the separators that such programs have in other countries.
 */
function formatCell(text: string): string {
  const plain = makePrintable(text.toWellFormed()).replace(FORMULA, "$1'$2");
  return /[",;']/.test(plain) || plain !== plain.trim()
    ? `"${plain.replaceAll('"', '""')}"`
    : plain;
}

const FORMULA = /(^|[;|,"])(\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
