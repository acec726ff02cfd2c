import type { AdvisoryIndex } from '../../../capabilities/advisories/index.ts';
import type { DeclaredDependency } from '../../../capabilities/ecosystems/index.ts';
import { type Finding, findNearestSafeVersion } from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import {
  groupFindingsByPurl,
  readSource,
  type SourceAnalysis,
} from '../../../gates/source/index.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import { loadCallConfig } from '../call-config.ts';
import { type Carriers, describeCarried, openCarriers, type PackageUse } from '../carriers.ts';
import type { DepsCall } from '../options/develop.ts';
import { type Block, paint, showNote, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { openSource, parseSourceFolder } from '../source-targets.ts';

interface Row {
  readonly dependency: DeclaredDependency;
  readonly findings: readonly Finding[];
  /** The nearest version that no advisory affects; null if none is known or needed. */
  readonly safe: string | null;
  /** What is released with it already; null where no graph says so. */
  readonly carried: PackageUse | null;
}

/** Vulnerable components that the tree contains but does not declare, such as a copied jar. */
type UndeclaredFindings = readonly Finding[];

interface DependencyReport {
  readonly target: string;
  readonly reading: SourceAnalysis;
  readonly rows: readonly Row[];
  readonly undeclared: UndeclaredFindings;
}

/**
 * Ends with 1 if something is not pinned or is vulnerable, and with 3 if nothing known is wrong but
 * not everything is known.
 */
export async function run(call: DepsCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const { index, close } = await openAdvisories(config);
  const carriers = await openCarriers(config);
  try {
    const targets = call.args.length === 0 ? ['.'] : call.args;
    const batch = await runBatch(targets, call, (text) =>
      listDependencies(text, call, { index, carriers }),
    );
    const { done: listed, failed } = batch;
    const code = toExitCode(listed, index);
    const exitCode = code === 0 && failed.length > 0 ? 3 : code;
    return {
      kind: 'result',
      exitCode,
      value: toValue('deps', () => ({
        targets: listed.map(toJson),
        failed: failed.map(toFailedJson),
      })),
      blocks: () => listed.flatMap((one) => showReport(one, call.options.all)),
      hints: listFailedHints(listed.length, failed, { exitCode }),
    };
  } finally {
    await carriers.close();
    close();
  }
}

interface DependencySources {
  readonly index: AdvisoryIndex;
  readonly carriers: Carriers;
}

async function listDependencies(
  text: string,
  call: DepsCall,
  { index, carriers }: DependencySources,
): Promise<DependencyReport> {
  const folder = parseSourceFolder(text, call);
  const ports = {
    advisories: index,
    now: toInstant(Date.now()),
    signal: call.signal,
    reading: createCommandBudget(),
  };
  const reading = await readSource(await openSource(folder), folder.text, ports);
  const { declared } = reading;
  if (declared.found.length === 0 && declared.notLookedAt.length === 0)
    throw new Failure(
      'UNSUPPORTED',
      `no file that declares dependencies was found in ${text}`,
      'Name a folder with a package.json, a lock or a Dockerfile.',
    );
  const byPurl = groupFindingsByPurl(reading);
  const purls = new Set<string | null>(declared.dependencies.map(({ purl }) => purl));
  const rows: Row[] = [];
  for (const dependency of declared.dependencies)
    rows.push(await toRow(dependency, byPurl, { index, carriers }));
  return {
    target: folder.text,
    reading,
    rows,
    undeclared: [...byPurl].flatMap(([purl, findings]) => (purls.has(purl) ? [] : findings)),
  };
}

async function toRow(
  dependency: DeclaredDependency,
  byPurl: ReadonlyMap<string, readonly Finding[]>,
  { index, carriers }: DependencySources,
): Promise<Row> {
  const { purl, version } = dependency;
  const findings = (purl === null ? undefined : byPurl.get(purl)) ?? [];
  const isAsked = findings.length > 0 && purl !== null && version !== null;
  const safe = isAsked
    ? orThrow(await findNearestSafeVersion({ purl, version, source: null }, index))
    : null;
  const isShownFirst = dependency.kind !== 'transitive' || findings.length > 0;
  const ids = findings.map(({ id }) => id);
  const carried = purl !== null && isShownFirst ? await carriers.find(purl, ids) : null;
  return { dependency, findings, safe, carried };
}

function isWrong({ dependency, findings }: Row): boolean {
  return dependency.pinned === 'no' || findings.some(isAffected);
}

function isAffected({ status }: Finding): boolean {
  return status === 'affected';
}

function toExitCode(listed: readonly DependencyReport[], index: AdvisoryIndex): ExitCode {
  if (listed.some(({ rows, undeclared }) => rows.some(isWrong) || undeclared.some(isAffected)))
    return 1;
  const isKnown = index.info().source === 'imported';
  const isWhole = listed.every(
    ({ reading, rows }) =>
      reading.declared.outcome === 'complete' &&
      reading.report.outcome === 'complete' &&
      rows.every(({ dependency }) => dependency.pinned === 'yes'),
  );
  return isWhole && isKnown ? 0 : 3;
}

function showReport(listed: DependencyReport, all: boolean): readonly Block[] {
  const { rows } = listed;
  const shown = all ? rows : rows.filter(isShown);
  const hidden = rows.length - shown.length;
  const header = [
    'WHAT',
    'VERSION',
    'PINNED',
    'REGISTRY',
    'VULNERABLE',
    'SAFE',
    'CARRIED BY',
    'PLACE',
    'WHY',
  ];
  return [
    ...showGaps(listed),
    ...showUndeclared(listed),
    ...(shown.length > 0 ? [showTable(header, shown.map(toCells))] : []),
    ...(hidden > 0
      ? [
          showNote(
            `${formatCount(hidden, 'more dependency', 'more dependencies')} of the lock, pinned ` +
              'and without findings: --all',
          ),
        ]
      : []),
    ...(rows.some(({ safe }) => safe !== null)
      ? [
          showNote(
            'SAFE is the nearest version that no advisory affects. Registries were not asked ' +
              'whether they have it',
          ),
        ]
      : []),
  ];
}

/** A dependency that only a lock names is shown only if it needs attention. */
function isShown(row: Row): boolean {
  const { kind, pinned } = row.dependency;
  return kind !== 'transitive' || isWrong(row) || pinned !== 'yes' || row.findings.length > 0;
}

function showGaps({ target, reading }: DependencyReport): readonly Block[] {
  const { declared, report, inventory } = reading;
  const { dependencies, problems, notLookedAt } = declared;
  const said = new Set([
    ...problems.map(({ location }) => location),
    ...notLookedAt.flatMap(({ places }) => places),
  ]);
  const open = inventory.skips.filter(({ location }) => !said.has(location));
  return [
    showNote(
      `${target}: ${formatCount(dependencies.length, 'dependency', 'dependencies')}, ` +
        formatCount(report.findings.length, 'finding'),
    ),
    ...problems
      .slice(0, 20)
      .map(({ location, cause }) =>
        showWarning('problem:', `${formatMessage(location, cause)} [${cause.code}]`),
      ),
    ...notLookedAt.map(({ kind, places }) =>
      showWarning('not looked at:', `${kind} (${places.slice(0, 3).join(', ')})`),
    ),
    ...(open.length > 0
      ? [
          showWarning(
            'partial:',
            `${formatCount(open.length, 'place')} could not be searched for vulnerabilities`,
          ),
        ]
      : []),
    ...open
      .slice(0, 20)
      .map(({ location, cause }) =>
        showNote(`  ${formatMessage(location, cause)} [${cause.code}]`),
      ),
    ...(report.data.source === 'sample'
      ? [showWarning('sample data:', 'get the real advisories: waybill advisories update .')]
      : []),
  ];
}

function showWarning(label: string, words: string): Block {
  return showNote(paint('yellow', label), ` ${words}`);
}

function showUndeclared({ undeclared, target }: DependencyReport): readonly Block[] {
  const named = [...new Set(undeclared.map(({ id, component }) => `${id} in ${component}`))];
  return [
    ...named
      .slice(0, 20)
      .map((one) => showWarning('not declared:', `${one}: waybill scan ${target}`)),
    ...(named.length > 20
      ? [
          showNote(
            `${named.length - 20} more in components that are not declared: waybill scan ${target}`,
          ),
        ]
      : []),
  ];
}

function formatMessage(location: string, { message }: Failure): string {
  return message.startsWith(location) ? message : `${location}: ${message}`;
}

function toCells({ dependency, findings, safe, carried }: Row): readonly string[] {
  const { name, version, requested, pinned, place, why, development, kind } = dependency;
  const role = [kind === 'direct' ? '' : kind, development ? 'development' : '']
    .filter((one) => one !== '')
    .join(', ');
  return [
    role === '' ? name : `${name} (${role})`,
    version ?? `? (${requested ?? 'unknown'})`,
    pinned,
    formatRegistry(dependency),
    findings.length === 0
      ? '-'
      : findings.map(({ id, severity }) => `${id} ${severity}`).join(', '),
    findings.length === 0 ? '-' : (safe ?? 'none known'),
    formatCarried(carried),
    `${place.file}:${place.line}`,
    why,
  ];
}

/** In few words; `--format json` has all of it. */
function formatCarried(carried: PackageUse | null): string {
  if (carried === null) return '?';
  const [first, ...others] = describeCarried(carried);
  if (first === undefined) return '-';
  return others.length === 0 ? first : `${first}; and ${others.length} more`;
}

const SAID_BY: Readonly<Record<DeclaredDependency['registryFrom'], string>> = {
  lock: 'recorded',
  written: 'written',
  configured: 'only configured',
  default: 'only the default',
  tree: 'this tree',
};

function formatRegistry({ registry, registryFrom, kind }: DeclaredDependency): string {
  if (registryFrom === 'tree') return SAID_BY.tree;
  if (registry !== null) return `${registry} (${SAID_BY[registryFrom]})`;
  if (kind === 'system-package') return 'unknown (sources of the base image)';
  return `unknown (${SAID_BY[registryFrom]})`;
}

type TargetValue = SchemaValue<'deps'>['targets'][number];

function toJson({ target, reading, rows, undeclared }: DependencyReport): TargetValue {
  const { declared, report } = reading;
  return {
    target,
    outcome: declared.outcome,
    found: declared.found,
    dependencies: rows.map(({ dependency, findings, safe, carried }) => ({
      ...dependency,
      findings: findings.map(({ id, severity, status, fixed }) => ({
        id,
        severity,
        status,
        fixed,
      })),
      nearestSafe: safe,
      carried,
    })),
    undeclared: undeclared.map(({ component, id, severity, status, fixed }) => ({
      component,
      ...{ id, severity, status, fixed },
    })),
    problems: declared.problems.map(({ location, cause }) => ({
      location,
      code: cause.code,
      message: cause.message,
    })),
    notLookedAt: declared.notLookedAt,
    scan: {
      outcome: report.outcome,
      data: report.data.source,
      notCovered: report.notCovered.map(({ purl, place, why }) => ({ purl, place, why })),
    },
  };
}
