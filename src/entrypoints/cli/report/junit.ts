import { type Finding, isProven } from '../../../capabilities/scanning/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { formatPackage } from '../format-package.ts';
import {
  compareRisk,
  describeFix,
  explainStatus,
  formatDoubt,
  formatLevel,
  groupDoubts,
  isRemark,
  isSettled,
  listExploitation,
  listRater,
  namePath,
} from './finding-text.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport, TargetFindings } from './report.ts';

interface Case {
  readonly name: string;
  readonly group: string;
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly type: string;
  readonly message: string;
  readonly text: string;
}

/**
 * JUnit XML: a suite for each target, a failed case for each finding, a skipped one for each that
 * somebody dismissed. What could not be looked up is an error, and never passed, unless the user
 * accepts that.
 */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const { targets = [], failed = [], acceptsPartial = false } = findings?.() ?? {};
  const suites = [
    ...targets.map((one) => formatSuite(one.target, listCases(one, acceptsPartial), one)),
    ...failed.map(({ target, failure: { code, message, remedy } }) =>
      formatSuite(target, [
        { name: 'scan', group: target, kind: 'error', type: code, message, text: remedy },
      ]),
    ),
  ];
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="waybill scan">'];
  return [{ to: 'out', content: `${[...lines, ...suites, '</testsuites>'].join('\n')}\n` }];
}

/** The first case is the scan as such, so a target without findings has a case that passed. */
function listCases(one: TargetFindings, acceptsPartial: boolean): readonly Case[] {
  const { target, report } = one;
  const kind = isProven(report) || acceptsPartial ? 'passed' : 'error';
  const message = 'not everything could be looked up: a missing finding proves nothing';
  const whole = {
    name: 'scan',
    group: target,
    kind,
    type: report.outcome,
    message,
    text: '',
  } as const;
  return [
    whole,
    ...report.findings.toSorted(compareRisk).map((finding) => toCase(one, finding)),
    ...groupDoubts(one).map((doubt): Case => {
      const text = doubt.about.join('\n');
      const isSkipped = acceptsPartial || isRemark(doubt);
      const state = { kind: isSkipped ? 'skipped' : 'error', type: doubt.kind } as const;
      return { name: doubt.kind, group: target, ...state, message: formatDoubt(doubt), text };
    }),
  ];
}

function toCase(one: TargetFindings, finding: Finding): Case {
  const { target, findPath } = one;
  const { id, component, title, locations, rule } = finding;
  const path = findPath(component);
  const facts = [
    title ?? '',
    `package: ${component}`,
    `why: ${rule}`,
    ...listRater(finding),
    ...listExploitation(finding),
    ...(locations.length === 0 ? [] : [`found in: ${locations.join(', ')}`]),
    ...(path === null ? [] : [`path: ${namePath(path).join(' > ')}`]),
  ];
  return {
    name: `${id} in ${formatPackage(component)}`,
    group: target,
    kind: isSettled(one, finding) ? 'skipped' : 'failure',
    type: finding.severity,
    message: `${formatLevel(finding)}, ${explainStatus(finding, one)}, ${describeFix(finding)}`,
    text: facts.filter((line) => line !== '').join('\n'),
  };
}

function formatSuite(target: string, cases: readonly Case[], one?: TargetFindings): string {
  const count = (kind: Case['kind']): number => cases.filter((each) => each.kind === kind).length;
  const counts =
    `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" ` +
    `skipped="${count('skipped')}"`;
  const at = one === undefined ? '' : ` timestamp="${formatInstant(one.report.scannedAt)}"`;
  const head = `<testsuite name="${escapeXml(target)}" ${counts} time="0"${at}>`;
  return [head, ...cases.map(formatCase), '</testsuite>'].join('\n');
}

function formatCase({ name, group, kind, type, message, text }: Case): string {
  const head = `<testcase name="${escapeXml(name)}" classname="${escapeXml(group)}" time="0"`;
  if (kind === 'passed') return `${head}/>`;
  const said = `message="${escapeXml(message)}"`;
  if (kind === 'skipped') return `${head}><skipped ${said}/></testcase>`;
  const inner = text.split('\n').map(escapeXml).join('\n');
  return `${head}><${kind} type="${escapeXml(type)}" ${said}>${inner}</${kind}></testcase>`;
}

/** Text of others, in text or in an attribute; what XML 1.0 has no form for is replaced. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"'\t\n\r\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (char) => {
      return `&#${char.codePointAt(0)};`;
    });
}
