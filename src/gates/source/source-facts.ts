import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import {
  type Component,
  type DeclaredDependencies,
  type DeclaredDependency,
  describeSkip,
} from '../../capabilities/ecosystems/index.ts';
import {
  type BuildFact,
  type ComponentFact,
  type DependencyFact,
  type FactList,
  type Facts,
  makePartialList,
  makeUnknownFact,
} from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { parsePurl } from '../../core/purl.ts';
import { toFindingFact } from '../facts/finding-fact.ts';
import type { SourceAnalysis } from './read-source.ts';

/** The facts of a source tree. The facts about its author and its build are added by the caller. */
export function buildSourceFacts(reading: SourceAnalysis, advisories: AdvisoryIndex): Facts {
  const { inventory, report } = reading;
  const gap = findInventoryGap(reading);
  const { source } = advisories.info();
  const undated = createUnknownFailure(
    'the advisory data does not say how old it is',
    'Import advisories whose records are dated: waybill advisories import.',
  );
  return {
    components: toFactList(inventory.components.map(toComponentFact), gap),
    findings: toFactList(report.findings.map(toFindingFact), gap ?? findScanGap(reading)),
    advisories: { source, updatedAt: report.updatedAt ?? makeUnknownFact(undated) },
    dependencies: buildDependencyFacts(reading.declared),
  };
}

function findInventoryGap({ inventory }: SourceAnalysis): Failure | null {
  if (inventory.outcome === 'complete') return null;
  const [first] = inventory.skips;
  const why = first === undefined ? 'it says so itself' : describeSkip(first);
  return createUnknownFailure(
    `the inventory is partial: ${toOneLine(why)}`,
    first?.cause.remedy ?? 'Fix what could not be read.',
  );
}

function findScanGap({ report }: SourceAnalysis): Failure | null {
  if (report.outcome === 'complete') return null;
  const [first] = report.notCovered;
  const what =
    first === undefined
      ? ''
      : `: ${first.purl ?? first.place ?? 'the advisory data'}: ${first.why}`;
  return createUnknownFailure(
    toOneLine(`the scan does not cover everything${what}`),
    'See what is not covered, and why: waybill scan. Where a matcher exists, import its advisories.',
  );
}

/**
 * Declared dependencies as facts. A contradiction, or a kind that is not examined, leaves the list
 * partial.
 */
export function buildDependencyFacts(declared: DeclaredDependencies): FactList<DependencyFact> {
  // mutant dependencies-not-looked-at by source: argument 2 -> null
  return toFactList(declared.dependencies.map(toDependencyFact), findDeclaredGap(declared));
}

/** Why the declared dependencies are incomplete; null if they are complete. */
export function findDeclaredGap({ problems, notLookedAt }: DeclaredDependencies): Failure | null {
  const [problem] = problems;
  if (problem !== undefined)
    return createUnknownFailure(toOneLine(problem.cause.message), problem.cause.remedy);
  const [other] = notLookedAt;
  if (other === undefined) return null;
  const place = other.places[0] ?? 'it';
  const why = `${other.kind} dependencies are declared in ${place} and not examined`;
  return createUnknownFailure(
    toOneLine(why),
    'Judge them by other means, and accept that in the policy.',
  );
}

function toDependencyFact(dependency: DeclaredDependency): DependencyFact {
  const { ecosystem, version, purl, pinned, registry, registryFrom, place, kind, development } =
    dependency;
  const name = toOneLine(dependency.name);
  const why = toOneLine(dependency.why);
  const known = toRegistryFact(registry, registryFrom);
  const open = (what: string): ReturnType<typeof makeUnknownFact> =>
    makeUnknownFact(
      createUnknownFailure(`${name} at ${place.file}:${place.line}: ${what}`, 'See: waybill deps.'),
    );
  return {
    ecosystem,
    name,
    version: version === null ? open('its version is not fixed') : toOneLine(version),
    purl: purl ?? open('it has no package URL'),
    pinned: pinned === 'unknown' ? open(why) : pinned === 'yes',
    why,
    registry: known === undefined ? open(explainOrigin(dependency)) : known,
    registryFrom,
    place: toOneLine(`${place.file}:${place.line}`),
    kind,
    development,
  };
}

/**
 * Only what the lock or the declaration records is known; undefined for the rest. For a part of the
 * tree itself it is null.
 */
function toRegistryFact(
  registry: string | null,
  from: DeclaredDependency['registryFrom'],
): string | null | undefined {
  if (from === 'tree') return null;
  // mutant registry-only-configured by registry-facts: value -> $branch
  return from === 'lock' || from === 'written' ? (registry ?? undefined) : undefined;
}

/**
 * Where a dependency without a recorded registry probably comes from. This is a hint, not a fact.
 */
function explainOrigin({ registry, registryFrom, kind }: DeclaredDependency): string {
  if (kind === 'system-package')
    return 'the package sources of its base image decide where it comes from';
  if (registryFrom === 'configured')
    return (
      'the lock does not record where it comes from; the configuration here names ' +
      `${registry ?? 'none for sure'}`
    );
  if (registry !== null) return `no registry is recorded; ${registry} is only the default`;
  return 'the lock does not record where it comes from, and no configuration here names a registry';
}

/**
 * Whether the materials of the build are recorded: each dependency is in the tree by its hash, a
 * system package by its version.
 */
export function buildMaterialsFact(
  declared: DeclaredDependencies,
): Pick<BuildFact, 'materialsRecorded' | 'unrecorded'> {
  const loose = declared.dependencies.filter(
    ({ recorded, pinned }) => !recorded && pinned === 'no',
  );
  const place = (one: DeclaredDependency): string =>
    toOneLine(`${one.name} at ${one.place.file}:${one.place.line}: ${one.why}`);
  if (loose.length > 0) {
    const shown = [...new Set(loose.map(place))].slice(0, LIMITS.ruleNamesMax);
    const more = loose.length - shown.length;
    const unrecorded = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
    return { materialsRecorded: false, unrecorded };
  }
  const open = declared.dependencies.find(({ recorded }) => !recorded);
  const gap =
    open === undefined
      ? findDeclaredGap(declared)
      : createUnknownFailure(place(open), 'See: waybill deps.');
  return gap === null
    ? { materialsRecorded: true, unrecorded: null }
    : { materialsRecorded: makeUnknownFact(gap), unrecorded: makeUnknownFact(gap) };
}

function toComponentFact(component: Component): ComponentFact {
  const parts = parsePurl(component.purl);
  const undeclared = createUnknownFailure(`${component.purl} declares no licence`, 'Declare one.');
  return {
    purl: component.purl,
    type: parts.ok ? parts.value.type : 'unknown',
    name: component.name,
    version:
      component.version === ''
        ? makeUnknownFact(createUnknownFailure('it has no version', 'Lock it.'))
        : component.version,
    licenses: component.licenses.length === 0 ? makeUnknownFact(undeclared) : component.licenses,
  };
}

function toFactList<T>(items: readonly T[], gap: Failure | null): FactList<T> {
  return gap === null ? items : makePartialList(items, gap);
}

function createUnknownFailure(why: string, remedy: string): Failure {
  return new Failure('FACT_UNKNOWN', why, remedy);
}
