import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { Component, DeclaredDependencies, DeclaredDependency } from '../../capabilities/ecosystems/index.ts';
import {
  type BuildFact,
  type ComponentFact,
  type DependencyFact,
  type FactList,
  type Facts,
  type FindingFact,
  partialList,
  unknownFact,
} from '../../capabilities/policy/index.ts';
import type { Finding } from '../../capabilities/scanning/index.ts';
import { Failure } from '../../core/failure.ts';
import { oneLine } from '../../core/one-line.ts';
import { parsePurl } from '../../core/purl.ts';
import type { SourceReading } from './source-reading.ts';

/** The facts of a source tree; who wrote it, and how it was built, come beside. */
export function sourceFacts(reading: SourceReading, advisories: AdvisoryIndex): Facts {
  const { inventory, report } = reading;
  const gap = inventoryGap(reading);
  const { source, importedAt } = advisories.info();
  const undated = unknown(
    'the advisory data does not say how old it is',
    'Import advisories: waybill advisories import.',
  );
  return {
    components: wholeOrPartial(inventory.components.map(componentFact), gap),
    findings: wholeOrPartial(report.findings.map(findingFact), gap ?? scanGap(reading)),
    advisories: { source, updatedAt: importedAt ?? unknownFact(undated) },
    dependencies: dependencyFacts(reading.declared),
  };
}

function inventoryGap({ inventory }: SourceReading): Failure | null {
  if (inventory.outcome === 'complete') return null;
  const [first] = inventory.skips;
  const why = first === undefined ? 'it says so' : `${first.location}: ${first.cause.message}`;
  return unknown(`the inventory is partial: ${oneLine(why)}`, first?.cause.remedy ?? 'Mend what could not be read.');
}

function scanGap({ report }: SourceReading): Failure | null {
  if (report.outcome === 'complete') return null;
  const [first] = report.notCovered;
  const what = first === undefined ? '' : `: ${first.purl ?? 'the advisory data'}: ${first.why}`;
  return unknown(
    oneLine(`the scan does not cover everything${what}`),
    'Import advisories that do: waybill advisories import.',
  );
}

/** Declared dependencies as facts: what contradicts itself or is not looked at leaves the list partial. */
export function dependencyFacts(declared: DeclaredDependencies): FactList<DependencyFact> {
  return wholeOrPartial(declared.dependencies.map(dependencyFact), declaredGap(declared));
}

/** Why the declared dependencies are not all; null where they are. */
export function declaredGap({ problems, notLookedAt }: DeclaredDependencies): Failure | null {
  const [problem] = problems;
  if (problem !== undefined) return unknown(oneLine(problem.cause.message), problem.cause.remedy);
  const [other] = notLookedAt;
  if (other === undefined) return null;
  const why = `${other.kind} dependencies are declared in ${other.places[0] ?? 'it'} and not looked at`;
  return unknown(oneLine(why), 'Judge them by other means, and accept that in the policy where you do.');
}

function dependencyFact(dependency: DeclaredDependency): DependencyFact {
  const { ecosystem, version, purl, pinned, registry, registryFrom, place, kind, development } = dependency;
  const name = oneLine(dependency.name);
  const why = oneLine(dependency.why);
  const known = registryFact(registry, registryFrom);
  const open = (what: string): ReturnType<typeof unknownFact> =>
    unknownFact(unknown(`${name} at ${place.file}:${place.line}: ${what}`, 'See: waybill deps.'));
  return {
    ecosystem,
    name,
    version: version === null ? open('its version is not fixed') : oneLine(version),
    purl: purl ?? open('it has no package URL'),
    pinned: pinned === 'unknown' ? open(why) : pinned === 'yes',
    why,
    registry: known === undefined ? open(whereFrom(dependency)) : known,
    registryFrom,
    place: oneLine(`${place.file}:${place.line}`),
    kind,
    development,
  };
}

/** Only what the lock or the declaration records is known; undefined for what is not. The tree itself is null. */
function registryFact(registry: string | null, from: DeclaredDependency['registryFrom']): string | null | undefined {
  if (from === 'tree') return null;
  return from === 'lock' || from === 'written' ? (registry ?? undefined) : undefined;
}

/** Where a dependency whose registry nothing records is likely to come from: said, never claimed. */
function whereFrom({ registry, registryFrom, kind }: DeclaredDependency): string {
  if (kind === 'system-package') return 'the package sources of its base image decide where it comes from';
  if (registryFrom === 'configured')
    return `the lock does not record where it comes from; .npmrc names ${registry ?? 'a registry that only the environment knows'}`;
  if (registry !== null) return `no registry is written; ${registry} is only the default`;
  return 'the lock does not record where it comes from, and no .npmrc here names a registry';
}

/** What the build pulls in: recorded where each dependency stands in the tree by its hash, or a system package by its version. */
export function materialsOf(declared: DeclaredDependencies): Pick<BuildFact, 'materialsRecorded' | 'unrecorded'> {
  const loose = declared.dependencies.find(({ recorded, pinned }) => !recorded && pinned === 'no');
  const place = (one: DeclaredDependency): string =>
    oneLine(`${one.name} at ${one.place.file}:${one.place.line}: ${one.why}`);
  if (loose !== undefined) return { materialsRecorded: false, unrecorded: place(loose) };
  const open = declared.dependencies.find(({ recorded }) => !recorded);
  const gap = open === undefined ? declaredGap(declared) : unknown(place(open), 'See: waybill deps.');
  return gap === null
    ? { materialsRecorded: true, unrecorded: null }
    : { materialsRecorded: unknownFact(gap), unrecorded: unknownFact(gap) };
}

function componentFact(component: Component): ComponentFact {
  const parts = parsePurl(component.purl);
  const undeclared = unknown(`${component.purl} declares no licence`, 'Declare one.');
  return {
    purl: component.purl,
    type: parts.ok ? parts.value.type : 'unknown',
    name: component.name,
    version: component.version === '' ? unknownFact(unknown('it has no version', 'Lock it.')) : component.version,
    licenses: component.licenses.length === 0 ? unknownFact(undeclared) : component.licenses,
  };
}

function findingFact(finding: Finding): FindingFact {
  const { id, aliases, severity, status, component, name, version, fixed } = finding;
  return { id, aliases, severity, status, component, name, version, fixed };
}

function wholeOrPartial<T>(items: readonly T[], gap: Failure | null): FactList<T> {
  return gap === null ? items : partialList(items, gap);
}

function unknown(why: string, remedy: string): Failure {
  return new Failure('FACT_UNKNOWN', why, remedy);
}
