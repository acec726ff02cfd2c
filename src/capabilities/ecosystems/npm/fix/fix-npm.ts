import parseRange from 'semver/ranges/valid.js';
import { addMembers, replaceValue } from '../../../../formats/json/edits.ts';
import {
  createMemberFinder,
  type Member,
  type MemberFinder,
} from '../../../../formats/json/places.ts';
import type { TextEdit } from '../../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import type { FileText, Fix, FixPlanner, FixQuestion, Step } from '../../fix.ts';
import { parseAlias } from '../declared/requirement.ts';
import { LOCK_NAMES } from '../lock/lock-files.ts';

/**
 * Upgrades vulnerable versions to the nearest safe one; every other character stays. What a lock
 * pins is pinned, so a range beside it stays as well.
 */
export const npmFixes: FixPlanner = {
  listFiles: (dependencies) => [
    ...new Set(
      dependencies
        .filter(isNpm)
        .flatMap(({ place }) => listFoldersAbove(place.file))
        .flatMap((folder) => ['package.json', ...LOCK_NAMES].map((name) => folder + name)),
    ),
  ],
  plan: (question) => {
    const plan = new NpmPlan(question);
    const npm = question.dependencies.filter((one) => isNpm(one) && question.isAsked(one));
    for (const dependency of npm.filter(({ kind }) => kind === 'direct')) plan.direct(dependency);
    plan.transitive(npm.filter(({ kind }) => kind === 'transitive'));
    return plan;
  },
};

function isNpm({ ecosystem }: DeclaredDependency): boolean {
  return ecosystem === 'npm';
}

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

class NpmPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  /** Folders whose lock npm must write again. */
  readonly relock = new Set<string>();
  readonly mended = new Set<string>();
  readonly #question: FixQuestion;
  readonly #finders = new Map<string, MemberFinder>();

  constructor(question: FixQuestion) {
    this.#question = question;
  }

  get commands(): readonly string[] {
    return [...this.relock]
      .sort()
      .map((folder) => (folder === '' ? '' : ` --prefix ${quoteFolder(folder)}`))
      .map((prefix) => `npm install --package-lock-only${prefix}`);
  }

  direct(dependency: DeclaredDependency): void {
    const { name, version, requested, place } = dependency;
    const remedy = this.#question.findRemedy(dependency);
    const spec = requested ?? '';
    if (remedy !== null) {
      if (remedy.safe === null)
        this.#leave(dependency, `${remedy.findings.join(', ')}: no known version is free of it`);
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
        );
      return;
    }
    // mutant fix-rewrites-what-is-pinned by source: condition -> false
    if (dependency.pinned === 'yes') return;
    this.#leave(dependency, dependency.why);
    // Where the lock of another package manager is, npm would write a second one.
    if (dependency.pinned === 'no' && isRegistrySpec(spec))
      this.relock.add(takeFolder(findLock(this.#question.files, place.file)?.file ?? place.file));
  }

  /** Changes the manifest; the lock must be written again after that. */
  #set(dependency: DeclaredDependency, version: string, what: string): void {
    const { place, requested } = dependency;
    const alias = parseAlias(requested ?? '');
    const spec = alias === null ? version : `npm:${alias.name}@${version}`;
    const manifest = this.#readText(place.file);
    const find = this.#openFinder(place.file);
    const found = manifest === null ? null : findRequirement(manifest, find, dependency);
    if (manifest === null || found === null) return; // A peer: its range says what it works with.
    const edit = replaceValue(find, found, spec);
    if (edit === null) return;
    const lock = findLock(this.#question.files, place.file);
    this.relock.add(takeFolder(lock?.file ?? place.file));
    if (dependency.purl !== null) this.mended.add(dependency.purl);
    // It was done before: only the lock must follow.
    if (manifest.slice(edit.start, edit.end) === edit.text) return;
    this.#edit(place.file, edit);
    this.steps.push({ place: `${place.file}:${place.line}`, what });
  }

  /**
   * An override of the root fixes what only the lock names, where one version of it is locked.
   */
  transitive(dependencies: readonly DeclaredDependency[]): void {
    const vulnerable = dependencies.filter((one) => this.#question.findRemedy(one) !== null);
    const overrides = new Map<string, [string, string][]>();
    const byName = Map.groupBy(this.#question.dependencies.filter(isNpm), ({ name }) => name);
    for (const dependency of vulnerable) {
      const { name, version, place } = dependency;
      const remedy = this.#question.findRemedy(dependency);
      const all = byName.get(name) ?? [];
      const versions = new Set(all.map((one) => one.version));
      const folder = takeFolder(place.file);
      const manifest = `${folder}package.json`;
      const text = this.#readText(manifest);
      const ids = remedy?.findings.join(', ') ?? '';
      if (remedy?.safe == null) this.#leave(dependency, `${ids}: no known version is free of it`);
      else if (versions.size > 1 || all.some(({ kind }) => kind === 'direct'))
        this.#leave(
          dependency,
          `${ids}: several versions are locked; upgrade what needs ${version ?? 'it'} to one ` +
            `that takes ${remedy.safe}`,
        );
      else if (text === null || this.#openFinder(manifest)(['overrides', name]) !== null)
        this.#leave(
          dependency,
          `${ids}: ${manifest} already overrides it; set the override to ${remedy.safe}`,
        );
      else {
        const members = overrides.get(manifest);
        if (members === undefined) overrides.set(manifest, [[name, remedy.safe]]);
        else members.push([name, remedy.safe]);
        if (dependency.purl !== null) this.mended.add(dependency.purl);
        this.steps.push({
          place: manifest,
          what: `${name} ${version ?? ''} -> ${remedy.safe} by an override (${ids})`,
        });
        this.relock.add(folder);
      }
    }
    for (const [manifest, members] of overrides) {
      const added = Object.fromEntries(members);
      const edit = addMembers(this.#readText(manifest) ?? '', 'overrides', added);
      if (edit !== null) this.#edit(manifest, edit);
    }
  }

  #readText(file: string): string | null {
    return this.#question.files.get(file)?.text ?? null;
  }

  #openFinder(file: string): MemberFinder {
    const finder = this.#finders.get(file) ?? createMemberFinder(this.#readText(file) ?? '');
    this.#finders.set(file, finder);
    return finder;
  }

  #edit(file: string, edit: TextEdit): void {
    const edits = this.edits.get(file);
    if (edits === undefined) this.edits.set(file, [edit]);
    else edits.push(edit);
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

/**
 * The path of a requirement in its manifest; a peer has none. The name in the manifest may be that
 * of an alias.
 */
function findRequirement(
  manifest: string,
  find: MemberFinder,
  { name, requested }: DeclaredDependency,
): readonly string[] | null {
  for (const group of GROUPS) {
    const direct = find([group, name]);
    if (
      direct !== null &&
      manifest.slice(direct.valueStart, direct.valueEnd) === JSON.stringify(requested)
    )
      return [group, name];
    const alias = findAliasKey(manifest, find([group]), requested ?? '');
    if (alias !== null) return [group, alias];
  }
  return null;
}

function findAliasKey(manifest: string, from: Member | null, requested: string): string | null {
  if (parseAlias(requested) === null || from === null) return null;
  const written = JSON.stringify(requested);
  const found = manifest.slice(from.valueStart, from.valueEnd).indexOf(written);
  const before = found === -1 ? '' : manifest.slice(from.valueStart, from.valueStart + found);
  return /"([^"\\]+)"\s*:\s*$/.exec(before)?.[1] ?? null;
}

/** A version, a range or a tag, or an alias of one: what a registry resolves. */
function isRegistrySpec(spec: string): boolean {
  const range = parseAlias(spec)?.range ?? spec;
  return parseRange(range, { loose: true }) !== null || /^[\w.-]*$/.test(range);
}

function takeFolder(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

function listFoldersAbove(file: string): readonly string[] {
  const folders = [''];
  for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1))
    folders.push(file.slice(0, slash + 1));
  return folders;
}

/** The lock beside a manifest, or the nearest above that knows its folder. */
function findLock(
  texts: ReadonlyMap<string, FileText>,
  manifest: string,
): { file: string; key: string } | null {
  for (const folder of listFoldersAbove(manifest).toReversed()) {
    const key = manifest.slice(folder.length).replace(/\/?package\.json$/, '');
    for (const name of LOCK_NAMES) {
      const lock = texts.get(folder + name);
      if (lock !== undefined && (key === '' || lock.text.includes(JSON.stringify(key))))
        return { file: folder + name, key };
    }
  }
  return null;
}

function quoteFolder(folder: string): string {
  const path = folder.replace(/\/$/, '');
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
