import { type Finding, isProven } from '../../../capabilities/scanning/index.ts';
import { formatPackage } from '../format-package.ts';
import { makePrintable } from '../io.ts';
import {
  compareRisk,
  countBySeverity,
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

type Level = 'error' | 'warning' | 'notice';

interface Annotation {
  readonly level: Level;
  readonly title: string;
  readonly file?: string | undefined;
  readonly line?: number | null;
  readonly message: string;
}

/**
 * Commands of a GitHub workflow: an annotation for each finding, the worst first, because a step
 * shows the first ten of each level.
 */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const { targets = [], failed = [] } = findings?.() ?? {};
  const annotations = [
    ...failed.map(({ target, failure }): Annotation => {
      const message = `${failure.message} ${failure.remedy}`;
      return { level: 'error', title: `not scanned: ${target}`, message };
    }),
    ...targets.flatMap(listDoubtAnnotations),
    ...targets
      .flatMap((one) => one.report.findings.map((finding) => ({ one, finding })))
      .sort((a, b) => compareRisk(a.finding, b.finding))
      .map(({ one, finding }) => annotate(one, finding)),
    ...targets.map(summarise),
  ];
  return [{ to: 'out', content: annotations.map((one) => `${formatCommand(one)}\n`).join('') }];
}

function annotate(one: TargetFindings, finding: Finding): Annotation {
  const { isSystem, findPath, findLine } = one;
  const { id, component, title, locations } = finding;
  const path = findPath(component);
  const parts = [
    `${formatPackage(component)}: ${formatLevel(finding)}, ${explainStatus(finding, one)}`,
    describeFix(finding),
    ...listExploitation(finding),
    ...(title === null ? [] : [title]),
    ...listRater(finding),
    ...(path === null || path.length < 2 ? [] : [`path: ${namePath(path).join(' > ')}`]),
  ];
  return {
    level: isSettled(one, finding) ? 'notice' : chooseLevel(finding),
    title: `${id} in ${finding.name}`,
    // A file in an image is none of the repository.
    ...(isSystem ? {} : { file: locations[0], line: findLine(finding) }),
    message: parts.join('; '),
  };
}

function chooseLevel({ severity }: Finding): Level {
  if (severity === 'critical' || severity === 'high') return 'error';
  return severity === 'medium' || severity === 'unknown' ? 'warning' : 'notice';
}

function listDoubtAnnotations(one: TargetFindings): readonly Annotation[] {
  return groupDoubts(one).map((doubt) => ({
    level: isRemark(doubt) ? 'notice' : 'warning',
    title: `${doubt.kind.replace('-', ' ')} in ${one.target}`,
    ...(doubt.kind === 'not-read' && !one.isSystem ? { file: doubt.about[0] } : {}),
    message: formatDoubt(doubt),
  }));
}

function summarise({ target, report }: TargetFindings): Annotation {
  const said = countBySeverity(report.findings);
  const rest = isProven(report) ? '' : ', in what is covered: the scan is partial';
  return { level: 'notice', title: `waybill scan of ${target}`, message: `${said}${rest}` };
}

/** `::error title=…,file=…,line=…::message` */
function formatCommand({ level, title, file, line, message }: Annotation): string {
  const properties = [
    `title=${escapeProperty(title)}`,
    ...(file === undefined ? [] : [`file=${escapeProperty(file.replace(/^\/+/, ''))}`]),
    ...(file === undefined || line === null || line === undefined ? [] : [`line=${line}`]),
  ];
  return `::${level} ${properties.join(',')}::${escapeData(message)}`;
}

/**
 * Text of others as one line, in which a runner finds no other command: GitHub's older form and the
 * one of Azure Pipelines may stand anywhere in a line.
 */
function escapeData(text: string): string {
  const plain = makePrintable(text.toWellFormed());
  return plain.replaceAll('%', '%25').replaceAll(/##(?=\[|vso\[)/gi, '# #');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
