import semver from 'semver';
import { type DeclaredDependency, parseAlias } from '../../capabilities/ecosystems/index.ts';
import { addMembers, replaceValue } from '../../formats/json/edits.ts';
import { findMember } from '../../formats/json/places.ts';
import type { TextEdit } from '../../formats/text/edits.ts';

/** What is known of one package beside what the tree says: null where it is not vulnerable. */
export interface Remedy {
  readonly findings: readonly string[];
  /** The nearest version outside of every advisory; null where none is known. */
  readonly safe: string | null;
}

export interface Step {
  readonly place: string;
  readonly what: string;
}

/** Changes of texts, by file, and what is to be done or known beside. */
export interface NpmFix {
  readonly edits: ReadonlyMap<string, readonly TextEdit[]>;
  readonly steps: readonly Step[];
  readonly open: readonly Step[];
  /** Folders whose lock has to be written again by npm. */
  readonly relock: ReadonlySet<string>;
}

export interface NpmFixQuestion {
  readonly dependencies: readonly DeclaredDependency[];
  readonly findRemedy: (dependency: DeclaredDependency) => Remedy | null;
  /** The text of a file of the tree. */
  readonly readText: (file: string) => string | null;
  /** The lock that a manifest belongs to, and its place in it; null where there is none. */
  readonly findLock: (file: string) => { readonly file: string; readonly key: string } | null;
}

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/**
 * Ranges to exact versions, and vulnerable versions to the nearest safe one; every other character
 * stays.
 */
export function fixNpm(question: NpmFixQuestion): NpmFix {
  const plan = new NpmPlan(question);
  const npm = question.dependencies.filter(({ ecosystem }) => ecosystem === 'npm');
  for (const dependency of npm.filter(({ kind }) => kind === 'direct')) plan.direct(dependency);
  plan.transitive(npm.filter(({ kind }) => kind === 'transitive'));
  return plan;
}

class NpmPlan implements NpmFix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  readonly relock = new Set<string>();
  readonly #question: NpmFixQuestion;

  constructor(question: NpmFixQuestion) {
    this.#question = question;
  }

  direct(dependency: DeclaredDependency): void {
    const { name, version, requested, place } = dependency;
    const remedy = this.#question.findRemedy(dependency);
    const spec = requested ?? '';
    if (remedy !== null) {
      if (remedy.safe === null)
        this.#leave(dependency, `${remedy.findings.join(', ')}: no version without it is known`);
      else if (!isRegistrySpec(spec))
        this.#leave(
          dependency,
          `${remedy.findings.join(', ')}: it comes from ${spec}, not from a registry`,
        );
      else
        this.#set(
          dependency,
          remedy.safe,
          `${name} ${version ?? spec} -> ${remedy.safe} (${remedy.findings.join(', ')})`,
          true,
        );
      return;
    }
    if (version === null || dependency.pinned !== 'yes') {
      this.#leave(dependency, dependency.why);
      if (isRegistrySpec(spec))
        this.relock.add(takeFolder(this.#question.findLock(place.file)?.file ?? place.file));
      return;
    }
    if (
      semver.valid(version) === null ||
      !isRegistrySpec(spec) ||
      semver.valid(parseAlias(spec)?.range ?? spec) !== null
    )
      return;
    this.#set(dependency, version, `${name} ${spec} -> ${version}`, false);
  }

  /**
   * In the manifest, and where nothing else changes in what the lock says of the manifest too, so
   * that both agree.
   */
  #set(dependency: DeclaredDependency, version: string, what: string, changes: boolean): void {
    const { place, requested } = dependency;
    const alias = parseAlias(requested ?? '');
    const spec = alias === null ? version : `npm:${alias.name}@${version}`;
    const manifest = this.#question.readText(place.file);
    const found = manifest === null ? null : findRequirement(manifest, dependency);
    if (manifest === null || found === null) return; // A peer: its range is what it can work with.
    const edit = replaceValue(manifest, found, spec);
    if (edit === null) return;
    const lock = this.#question.findLock(place.file);
    if (manifest.slice(edit.start, edit.end) === edit.text) {
      // Done before: only the lock has yet to follow.
      this.relock.add(takeFolder(lock?.file ?? place.file));
      return;
    }
    this.#edit(place.file, edit);
    this.steps.push({ place: `${place.file}:${place.line}`, what });
    if (changes || lock === null) this.relock.add(takeFolder(lock?.file ?? place.file));
    else this.#follow(lock, found, spec);
  }

  #follow(
    lock: { readonly file: string; readonly key: string },
    path: readonly string[],
    spec: string,
  ): void {
    const text = this.#question.readText(lock.file);
    const edit = text === null ? null : replaceValue(text, ['packages', lock.key, ...path], spec);
    if (edit !== null) this.#edit(lock.file, edit);
    else if (text === null || findMember(text, ['packages']) !== null)
      this.relock.add(takeFolder(lock.file));
  }

  /**
   * What only the lock names is held by an override of the root, where one version of it is locked.
   */
  transitive(dependencies: readonly DeclaredDependency[]): void {
    const vulnerable = dependencies.filter((one) => this.#question.findRemedy(one) !== null);
    const overrides = new Map<string, Record<string, string>>();
    for (const dependency of vulnerable) {
      const { name, version, place } = dependency;
      const remedy = this.#question.findRemedy(dependency);
      const all = this.#question.dependencies.filter(
        (one) => one.ecosystem === 'npm' && one.name === name,
      );
      const versions = new Set(all.map((one) => one.version));
      const folder = takeFolder(place.file);
      const manifest = `${folder}package.json`;
      const text = this.#question.readText(manifest);
      const ids = remedy?.findings.join(', ') ?? '';
      if (remedy?.safe == null) this.#leave(dependency, `${ids}: no version without it is known`);
      else if (versions.size > 1 || all.some(({ kind }) => kind === 'direct'))
        this.#leave(
          dependency,
          `${ids}: several versions are locked; upgrade what needs ${version ?? 'it'} to one ` +
            `that takes ${remedy.safe}`,
        );
      else if (text === null || findMember(text, ['overrides', name]) !== null)
        this.#leave(
          dependency,
          `${ids}: ${manifest} already overrides it; set it to ${remedy.safe}`,
        );
      else {
        overrides.set(manifest, { ...overrides.get(manifest), [name]: remedy.safe });
        this.steps.push({
          place: manifest,
          what: `${name} ${version ?? ''} -> ${remedy.safe} by an override (${ids})`,
        });
        this.relock.add(folder);
      }
    }
    for (const [manifest, members] of overrides) {
      const edit = addMembers(this.#question.readText(manifest) ?? '', 'overrides', members);
      if (edit !== null) this.#edit(manifest, edit);
    }
  }

  #edit(file: string, edit: TextEdit): void {
    this.edits.set(file, [...(this.edits.get(file) ?? []), edit]);
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

/**
 * The path of a wish in its manifest; a peer has none. The name in the manifest may be that of an
 * alias.
 */
function findRequirement(
  manifest: string,
  { name, requested }: DeclaredDependency,
): readonly string[] | null {
  for (const group of GROUPS) {
    const direct = findMember(manifest, [group, name]);
    if (
      direct !== null &&
      manifest.slice(direct.valueStart, direct.valueEnd) === JSON.stringify(requested)
    )
      return [group, name];
    const alias = findAliasKey(manifest, group, requested ?? '');
    if (alias !== null) return [group, alias];
  }
  return null;
}

function findAliasKey(manifest: string, group: string, requested: string): string | null {
  if (parseAlias(requested) === null) return null;
  const from = findMember(manifest, [group]);
  if (from === null) return null;
  const written = JSON.stringify(requested);
  const found = manifest.slice(from.valueStart, from.valueEnd).indexOf(written);
  const before = found === -1 ? '' : manifest.slice(from.valueStart, from.valueStart + found);
  return /"([^"\\]+)"\s*:\s*$/.exec(before)?.[1] ?? null;
}

/** A version, a range or a tag, or an alias of one: what a registry is asked for. */
function isRegistrySpec(spec: string): boolean {
  const range = parseAlias(spec)?.range ?? spec;
  return semver.validRange(range, { loose: true }) !== null || /^[\w.-]*$/.test(range);
}

function takeFolder(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}
