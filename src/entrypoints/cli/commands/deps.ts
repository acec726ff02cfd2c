import type { AdvisoryIndex } from '../../../capabilities/advisories/index.ts';
import type {
  DeclaredDependencies,
  DeclaredDependency,
} from '../../../capabilities/ecosystems/index.ts';
import { type Finding, findNearestSafeVersion } from '../../../capabilities/scanning/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import {
  groupFindingsByPurl,
  readSource,
  type SourceAnalysis,
} from '../../../gates/source/index.ts';
import { openAdvisories } from '../../compose/compose.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { formatTable, makePrintable, paintErr } from '../io.ts';
import { openSource, parseSourceFolder } from '../source-targets.ts';

interface Row {
  readonly dependency: DeclaredDependency;
  readonly findings: readonly Finding[];
  /** The nearest version outside of every advisory; null where none is known, or none is needed. */
  readonly safe: string | null;
}

/**
 * What is vulnerable in the tree although nothing there declares it, such as a jar that was copied
 * in.
 */
type UndeclaredFindings = readonly Finding[];

interface DependencyReport {
  readonly target: string;
  readonly reading: SourceAnalysis;
  readonly rows: readonly Row[];
  readonly undeclared: UndeclaredFindings;
}

/**
 * 1 where something is not pinned or is vulnerable; 3 where nothing known is wrong and not all is
 * known.
 */
export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const { index, close } = await openAdvisories(config);
  try {
    const listed: DependencyReport[] = [];
    for (const text of call.args.length === 0 ? ['.'] : call.args)
      listed.push(await listDependencies(text, call, index));
    if (wantsJson(call))
      call.io.out(`${JSON.stringify({ targets: listed.map(toJson) }, null, 2)}\n`);
    else for (const one of listed) printReport(call, one);
    return toExitCode(listed, index);
  } finally {
    close();
  }
}

async function listDependencies(
  text: string,
  call: Call,
  index: AdvisoryIndex,
): Promise<DependencyReport> {
  const folder = parseSourceFolder(text, call);
  const ports = { advisories: index, now: toInstant(Date.now()), signal: call.signal };
  const reading = await readSource(await openSource(folder), folder.text, ports);
  const { declared } = reading;
  if (declared.found.length === 0 && declared.notLookedAt.length === 0)
    throw new Failure(
      'UNSUPPORTED',
      `nothing that declares dependencies was found in ${text}`,
      'Name a folder with a package.json, a lock or a Dockerfile.',
    );
  const byPurl = groupFindingsByPurl(reading);
  const purls = new Set<string | null>(declared.dependencies.map(({ purl }) => purl));
  const rows: Row[] = [];
  for (const dependency of declared.dependencies) rows.push(await toRow(dependency, byPurl, index));
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
  index: AdvisoryIndex,
): Promise<Row> {
  const { purl, version } = dependency;
  const findings = (purl === null ? undefined : byPurl.get(purl)) ?? [];
  const isAsked = findings.length > 0 && purl !== null && version !== null;
  const safe = isAsked
    ? orThrow(await findNearestSafeVersion({ purl, version, source: null }, index))
    : null;
  return { dependency, findings, safe };
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

function printReport(call: Call, listed: DependencyReport): void {
  const { reading, rows, target } = listed;
  printGaps(call, target, reading);
  printUndeclared(call, listed);
  const shown = call.options.flag('all')
    ? rows
    : rows.filter(
        (row) =>
          row.dependency.kind !== 'transitive' ||
          isWrong(row) ||
          row.dependency.pinned !== 'yes' ||
          row.findings.length > 0,
      );
  const header = ['WHAT', 'VERSION', 'PINNED', 'REGISTRY', 'VULNERABLE', 'SAFE', 'PLACE', 'WHY'];
  if (shown.length > 0) call.io.out(formatTable(header, shown.map(toCells)));
  const hidden = rows.length - shown.length;
  if (hidden > 0)
    call.io.err(
      `${hidden} more that only the lock names are pinned and without a finding: --all\n`,
    );
  if (rows.some(({ safe }) => safe !== null))
    call.io.err(
      'SAFE is the nearest version that no advisory names; whether a registry has it was not ' +
        'looked up\n',
    );
}

function printGaps(
  { io }: Call,
  target: string,
  { declared, report, inventory }: SourceAnalysis,
): void {
  const { dependencies, problems, notLookedAt } = declared;
  io.err(
    `${makePrintable(target)}: ${dependencies.length} dependencies, ` +
      `${report.findings.length} findings\n`,
  );
  for (const { location, cause } of problems.slice(0, 20))
    io.err(
      `${paintErr(io, 'yellow', 'problem:')} ` +
        `${makePrintable(formatMessage(location, cause))} [${cause.code}]\n`,
    );
  for (const { kind, places } of notLookedAt)
    io.err(
      `${paintErr(io, 'yellow', 'not looked at:')} ` +
        `${makePrintable(`${kind} (${places.slice(0, 3).join(', ')})`)}\n`,
    );
  const open = inventory.skips.filter(
    ({ location }) => !problems.some((one) => one.location === location),
  );
  if (open.length > 0 && notLookedAt.length === 0)
    io.err(
      `${paintErr(io, 'yellow', 'partial:')} ${open.length} places could not be searched for ` +
        `vulnerabilities\n`,
    );
  if (report.data.source === 'sample')
    io.err(
      `${paintErr(io, 'yellow', 'sample data:')} import advisories: waybill advisories ` +
        `import FILE\n`,
    );
}

function printUndeclared({ io }: Call, { undeclared, target }: DependencyReport): void {
  const named = [...new Set(undeclared.map(({ id, component }) => `${id} in ${component}`))];
  const place = makePrintable(target);
  for (const one of named.slice(0, 20))
    io.err(
      `${paintErr(io, 'yellow', 'not declared:')} ${makePrintable(one)}: waybill scan ${place}\n`,
    );
  if (named.length > 20)
    io.err(`${named.length - 20} more in what is not declared: waybill scan ${place}\n`);
}

function formatMessage(location: string, { message }: Failure): string {
  return message.startsWith(location) ? message : `${location}: ${message}`;
}

function toCells({ dependency, findings, safe }: Row): readonly string[] {
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
    `${place.file}:${place.line}`,
    why,
  ];
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

function toJson({ target, reading, rows, undeclared }: DependencyReport): object {
  const { declared, report } = reading;
  return {
    target,
    outcome: declared.outcome,
    found: declared.found,
    dependencies: rows.map(({ dependency, findings, safe }) => ({
      ...dependency,
      findings: findings.map(({ id, severity, status, fixed }) => ({
        id,
        severity,
        status,
        fixed,
      })),
      nearestSafe: safe,
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
    scan: { outcome: report.outcome, data: report.data.source },
  } satisfies Record<string, unknown> & { readonly outcome: DeclaredDependencies['outcome'] };
}
