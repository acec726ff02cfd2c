import { isVersion } from '../archive-name.ts';
import type { MavenCoordinates } from './coordinates.ts';
import { PropertyResolver } from './interpolate.ts';
import { createLookup, type PomSource } from './pom-properties.ts';
import type { PomTree } from './pom-tree.ts';
import type { Pom, PomDependency, PomRepository } from './read-pom.ts';

/** A dependency with its properties filled in, and what the tree says of its version. */
export interface ResolvedDependency {
  readonly group: string;
  readonly artifact: string;
  readonly type: string;
  readonly classifier: string | null;
  readonly scope: string;
  /** Null where the tree does not say it; `why` then says who does. */
  readonly version: string | null;
  /** As it is written, with its properties: null where it is managed elsewhere. */
  readonly requested: string | null;
  readonly why: string;
  /** The file and line of the dependency itself. */
  readonly place: { readonly file: string; readonly line: number };
  /** Where the version can be changed; null where that is not in the tree. */
  readonly versionPlace: VersionPlace | null;
  /** The profile that it belongs to, where that is not always active. */
  readonly profile: string | null;
}

/** `property` is the one that holds the version, where the text is only its name. */
export interface VersionPlace {
  readonly file: string;
  readonly line: number;
  readonly property: string | null;
}

/** What one pom.xml means with its parents and imports, as far as they are in the tree. */
export interface EffectivePom {
  readonly pom: Pom;
  readonly group: string | null;
  readonly version: string | null;
  readonly dependencies: readonly ResolvedDependency[];
  /** A parent that is not in the tree: it may declare, manage and configure anything. */
  readonly outerParent: MavenCoordinates | null;
  /** BOMs that are not in the tree, in order. */
  readonly outerBoms: readonly string[];
  readonly repositories: readonly (PomRepository & { readonly file: string })[];
  /** The managed dependencies, by key. */
  readonly managed: ReadonlyMap<string, ManagedDependency>;
}

interface ManagedDependency {
  readonly version: string | null;
  readonly requested: string;
  readonly why: string;
  readonly scope: string | null;
  readonly versionPlace: VersionPlace | null;
}

/** Ancestors and imported BOMs, one in another. */
const DEPTH_MAX = 50;

/** What the poms of one tree mean, each found out once. */
export class EffectivePoms {
  readonly tree: PomTree;
  readonly #open = new Set<string>();
  readonly #known = new Map<string, EffectivePom | null>();

  constructor(tree: PomTree) {
    this.tree = tree;
  }

  /** Null for a pom that is nested in itself or too deeply: its parents or BOMs are a circle. */
  find(pom: Pom, depth = 0): EffectivePom | null {
    const known = this.#known.get(pom.path);
    if (known !== undefined) return known;
    // mutant pom-that-imports-itself by maven-source: condition -> false
    if (depth > DEPTH_MAX || this.#open.has(pom.path)) return null;
    this.#open.add(pom.path);
    const built = build(this, pom, depth);
    this.#open.delete(pom.path);
    this.#known.set(pom.path, built);
    return built;
  }
}

function build(all: EffectivePoms, pom: Pom, depth: number): EffectivePom | null {
  const { tree } = all;
  const lineage = listLineage(tree, pom);
  if (lineage === null) return null;
  const { poms, outer } = lineage;
  const sources: PomSource[] = poms.flatMap((each) => [
    ...each.profiles
      .filter(({ activeByDefault }) => activeByDefault)
      .map((part) => ({ pom: each, part })),
    { pom: each, part: each },
  ]);
  const resolver = new PropertyResolver(createLookup(tree, poms, sources));
  const group = resolveOwn(
    resolver,
    poms,
    ({ group: own, parent }) => own ?? parent?.group ?? null,
  );
  const version = resolveOwn(
    resolver,
    poms,
    ({ version: own, parent }) => own ?? parent?.version ?? null,
  );
  const context: Context = { all, resolver, outer, depth };
  const { managed, outerBoms } = manage(context, sources);
  const repositories = sources.flatMap(({ pom: { path }, part }) =>
    part.repositories.map((one) => ({
      ...one,
      url: resolver.fill(one.url).text ?? one.url,
      file: path,
    })),
  );
  const dependencies = resolveAll(context, sources, { managed, outerBoms, pom });
  return {
    pom,
    group,
    version,
    dependencies,
    outerParent: outer,
    outerBoms,
    repositories,
    managed,
  };
}

interface Context {
  readonly all: EffectivePoms;
  readonly resolver: PropertyResolver;
  readonly outer: MavenCoordinates | null;
  readonly depth: number;
}

interface Lineage {
  /** The project, then its parent, and so on, as far as they are in the tree. */
  readonly poms: readonly Pom[];
  readonly outer: MavenCoordinates | null;
}

function listLineage(tree: PomTree, pom: Pom): Lineage | null {
  const poms = [pom];
  for (let at = pom; at.parent !== null; ) {
    const next = tree.findParent(at);
    if (next === null) return { poms, outer: fillParent(tree, poms, at) };
    // A pom that is its own ancestor never comes to an end.
    if (poms.length > DEPTH_MAX) return null;
    poms.push(next);
    at = next;
  }
  return { poms, outer: null };
}

function fillParent(tree: PomTree, poms: readonly Pom[], { parent }: Pom): MavenCoordinates {
  const sources = poms.map((pom) => ({ pom, part: pom }));
  const resolver = new PropertyResolver(createLookup(tree, poms, sources));
  const fill = (text: string): string => resolver.fill(text).text ?? text;
  return {
    group: fill(parent?.group ?? ''),
    artifact: fill(parent?.artifact ?? ''),
    version: fill(parent?.version ?? ''),
  };
}

function resolveOwn(
  resolver: PropertyResolver,
  poms: readonly Pom[],
  take: (pom: Pom) => string | null,
): string | null {
  const [own] = poms;
  const text = own === undefined ? null : take(own);
  return text === null ? null : resolver.fill(text).text;
}

function formatKey(
  group: string,
  artifact: string,
  type: string,
  classifier: string | null,
): string {
  return [group, artifact, type, ...(classifier === null ? [] : [classifier])].join(':');
}

interface ArtifactNames {
  readonly group: string;
  readonly artifact: string;
  readonly type: string;
  readonly classifier: string | null;
}

/** Null where a name cannot be filled in, or is no name. */
function fillNames(resolver: PropertyResolver, given: PomDependency): ArtifactNames | null {
  const [group, artifact, type, classifier] = [
    given.group,
    given.artifact,
    given.type,
    given.classifier ?? '',
  ].map((text) => resolver.fill(text).text);
  if (!isName(group) || !isName(artifact) || !isName(type)) return null;
  if (classifier == null || (classifier !== '' && !isName(classifier))) return null;
  return { group, artifact, type, classifier: classifier === '' ? null : classifier };
}

function isName(text: string | null | undefined): text is string {
  return typeof text === 'string' && text.length <= 500 && /^[A-Za-z0-9_.-]+$/.test(text);
}

/** Own and inherited entries first, then what imported BOMs say, each in order. */
function manage(
  context: Context,
  sources: readonly PomSource[],
): {
  readonly managed: ReadonlyMap<string, ManagedDependency>;
  readonly outerBoms: readonly string[];
} {
  const { all, resolver, depth } = context;
  const managed = new Map<string, ManagedDependency>();
  const imports = new Map<
    string,
    { readonly names: ArtifactNames; readonly version: string | null }
  >();
  for (const { pom, part } of sources)
    for (const one of part.managed) {
      const names = fillNames(resolver, one);
      if (names === null) continue;
      const key = formatKey(names.group, names.artifact, names.type, names.classifier);
      const version = readVersion(resolver, pom, one);
      if (one.scope === 'import' && names.type === 'pom') {
        if (!imports.has(key)) imports.set(key, { names, version: version.version });
      } else if (!managed.has(key) && one.version !== null)
        managed.set(key, { ...version, requested: one.version, scope: one.scope });
    }
  const outerBoms: string[] = [];
  for (const { names, version } of imports.values()) {
    const bom = version === null ? null : all.tree.find({ ...names, version });
    const said = bom === null ? null : all.find(bom, depth + 1);
    if (said === null || said.outerParent !== null)
      outerBoms.push(`${names.group}:${names.artifact}:${version ?? '(unknown)'}`);
    for (const [key, one] of said?.managed ?? []) if (!managed.has(key)) managed.set(key, one);
    outerBoms.push(...(said?.outerBoms ?? []));
  }
  return { managed, outerBoms: [...new Set(outerBoms)] };
}

interface ReadVersion {
  readonly version: string | null;
  readonly why: string;
  readonly versionPlace: VersionPlace | null;
}

function readVersion(resolver: PropertyResolver, pom: Pom, given: PomDependency): ReadVersion {
  const text = given.version ?? '';
  const filled = resolver.fill(text);
  const here = { file: pom.path, line: given.versionLine, property: null };
  if (filled.text === null)
    return {
      version: null,
      why: `nothing in this tree sets ${filled.missing}`,
      versionPlace: null,
    };
  const versionPlace =
    filled.place === null
      ? text.includes('${')
        ? null
        : here
      : { ...filled.place, property: text.slice(2, -1) };
  return { ...judgeVersion(filled.text), versionPlace };
}

/** One release is a version; a range, `LATEST` or `RELEASE` is whatever is newest. */
function judgeVersion(text: string): { readonly version: string | null; readonly why: string } {
  // A hard requirement of one version.
  const exact = /^\[([^,[\]()]+)\]$/.exec(text)?.[1]?.trim() ?? text;
  if (/^(?:LATEST|RELEASE)$/.test(exact) || /[[\](),]/.test(exact))
    return { version: null, why: `"${exact.slice(0, 60)}" allows more than one version` };
  if (!isVersion(exact)) return { version: null, why: 'its version is not one' };
  return { version: exact, why: '' };
}

interface Scene {
  readonly managed: ReadonlyMap<string, ManagedDependency>;
  readonly outerBoms: readonly string[];
  readonly pom: Pom;
}

/** The project's own dependencies, and those that it inherits; the nearest declaration counts. */
function resolveAll(
  context: Context,
  sources: readonly PomSource[],
  scene: Scene,
): readonly ResolvedDependency[] {
  const found = new Map<string, ResolvedDependency>();
  const add = ({ pom, part }: PomSource, profile: string | null): void => {
    for (const [at, given] of part.dependencies.entries()) {
      const names = fillNames(context.resolver, given);
      const key =
        names === null
          ? `${pom.path} ${at}`
          : formatKey(names.group, names.artifact, names.type, names.classifier);
      if (!found.has(key)) found.set(key, resolve(context, scene, { pom, given, names, profile }));
    }
  };
  for (const source of sources) add(source, null);
  for (const profile of scene.pom.profiles)
    if (!profile.activeByDefault) add({ pom: scene.pom, part: profile }, profile.id);
  return [...found.values()];
}

interface Request {
  readonly pom: Pom;
  readonly given: PomDependency;
  readonly names: ArtifactNames | null;
  readonly profile: string | null;
}

function resolve(
  context: Context,
  scene: Scene,
  { pom, given, names, profile }: Request,
): ResolvedDependency {
  const place = { file: pom.path, line: given.line };
  const { group, artifact, type, classifier } = given;
  if (names === null) {
    const why = 'its name holds a property that nothing in this tree sets';
    const open = { version: null, requested: given.version, why, versionPlace: null };
    return {
      group,
      artifact,
      type,
      classifier,
      scope: given.scope ?? 'compile',
      ...open,
      place,
      profile,
    };
  }
  const managed = scene.managed.get(
    formatKey(names.group, names.artifact, names.type, names.classifier),
  );
  const scope = given.scope ?? managed?.scope ?? 'compile';
  const base = { ...names, scope, place, profile };
  if (given.version !== null)
    return { ...base, requested: given.version, ...readVersion(context.resolver, pom, given) };
  if (managed !== undefined) return { ...base, ...managed, requested: null, scope };
  return {
    ...base,
    version: null,
    requested: null,
    why: explainManaged(context, scene),
    versionPlace: null,
  };
}

function explainManaged({ outer }: Context, { outerBoms }: Scene): string {
  const others = [
    ...(outer === null ? [] : [`the parent ${outer.group}:${outer.artifact}:${outer.version}`]),
    ...outerBoms.map((bom) => `the BOM ${bom}`),
  ];
  if (others.length === 0) return 'nothing gives its version';
  const [first = '', ...rest] = others.slice(0, 4);
  const more = others.length > 4 ? [`${others.length - 4} more`] : [];
  const list = [first, ...rest, ...more].join(' or ');
  return `its version comes from ${list}, not in this tree`;
}
