import { LIMITS } from '../../../core/limits.ts';
import { formatPurl } from '../../../core/purl.ts';
import type { Skip } from '../component.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../declarations.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { createSkip, takeBaseName, takeDirectory } from '../extractor.ts';
import {
  IN_TREE,
  joinFolder,
  type RegistryOrigin,
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { type PortManifest, type PortRequest, readPortManifest } from './manifest.ts';
import { buildPortParts, formatPortVersion } from './port.ts';
import { type PortRegistries, PortSources, readConfiguration } from './registries.ts';

const wants = wantFiles({ names: ['vcpkg.json', 'vcpkg-configuration.json'] });

/** What vcpkg.json requires, and which commit of which registry fixes it. */
export const vcpkgDeclarations: DeclarationReader = { wants, read: readDeclarations };

interface Project {
  readonly file: string;
  readonly manifest: PortManifest;
  readonly registries: PortRegistries | null;
  readonly sources: PortSources | null;
}

async function readDeclarations(
  paths: readonly string[],
  files: SourceFiles,
): Promise<Declarations> {
  const { dependencyFileBytesMax } = LIMITS;
  const configurations = new Map<string, PortRegistries>();
  const dependencies: DeclaredDependency[] = [];
  const problems: Skip[] = [];
  for (const path of paths.filter((one) => takeBaseName(one) === 'vcpkg-configuration.json')) {
    const read = await files.parse(path, dependencyFileBytesMax, readConfiguration);
    if (read === null) continue;
    configurations.set(takeDirectory(path), read);
    problems.push(...read.problems);
  }
  for (const file of paths.filter((one) => takeBaseName(one) === 'vcpkg.json')) {
    const manifest = await files.parse(file, dependencyFileBytesMax, readPortManifest);
    if (manifest === null) continue;
    const beside = configurations.get(takeDirectory(file)) ?? null;
    const registries = manifest.registries ?? beside;
    const sources = registries === null ? null : new PortSources(registries);
    const project = { file, manifest, registries, sources };
    problems.push(...manifest.problems);
    dependencies.push(...manifest.requests.map((one) => declare(project, one)));
    if (manifest.requests.length > 0) problems.push(skipUnknownNeeds(file));
  }
  return { found: paths.length > 0, dependencies, problems, notLookedAt: [] };
}

function skipUnknownNeeds(file: string): Skip {
  const why = 'the dependencies of its dependencies are in a registry, and not in this tree';
  const remedy = 'Take the inventory of what vcpkg installs: waybill sbom of vcpkg_installed.';
  return createSkip(file, 'FACT_UNKNOWN', why, remedy);
}

function declare(project: Project, request: PortRequest): DeclaredDependency {
  const { file, manifest } = project;
  const { name, spec, line, development } = request;
  const port = manifest.overrides.get(name) ?? null;
  const source = locate(project, name);
  const parts = buildPortParts(port ?? { name, version: '0', portVersion: 0 });
  return {
    ...{ ecosystem: 'vcpkg', name, development, requested: spec },
    version: port === null ? null : formatPortVersion(port),
    purl: formatPurl(port === null ? { ...parts, version: null } : parts),
    ...judgePin(project, source, port !== null),
    ...source.origin,
    recorded: false,
    place: { file, line },
    kind: 'direct',
  };
}

interface PortSource {
  readonly origin: RegistryOrigin;
  /** The commit that fixes its versions; null where none does. */
  readonly baseline: string | null;
  /** Whether it may be a recipe of an overlay, which comes before every registry. */
  readonly hasOverlays: boolean;
}

function locate({ file, manifest, registries, sources }: Project, name: string): PortSource {
  const hasOverlays = (registries?.overlays.length ?? 0) > 0;
  const own = { origin: UNNAMED_REGISTRY, baseline: manifest.baseline, hasOverlays };
  const found = sources?.find(name);
  if (found === undefined) return own;
  if (found === null) return { origin: UNNAMED_REGISTRY, baseline: null, hasOverlays };
  const { kind, registry, folder } = found;
  if (kind === 'builtin') return { ...own, baseline: found.baseline ?? manifest.baseline };
  if (kind === 'git')
    return {
      origin: { registry, registryFrom: 'configured' },
      baseline: found.baseline,
      hasOverlays,
    };
  const isHere = folder !== null && joinFolder(takeDirectory(file), folder) !== null;
  return { origin: isHere ? IN_TREE : UNNAMED_REGISTRY, baseline: null, hasOverlays };
}

function judgePin(
  { file }: Project,
  { origin, baseline, hasOverlays }: PortSource,
  isOverridden: boolean,
): Pick<DeclaredDependency, 'pinned' | 'why'> {
  if (origin.registryFrom === 'tree')
    return { pinned: 'unknown', why: 'its recipe is in a folder of this tree, which is not read' };
  if (hasOverlays)
    return { pinned: 'unknown', why: 'a folder of overlays, which is not read, may replace it' };
  if (baseline === null)
    return { pinned: 'no', why: 'no commit of its registry is named: any version may be built' };
  const what = isOverridden ? 'an override names its version, and' : 'its version is fixed:';
  return { pinned: 'yes', why: `${what} the baseline of its registry is a commit in ${file}` };
}
