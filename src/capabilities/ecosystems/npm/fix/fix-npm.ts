import parseRange from 'semver/ranges/valid.js';
import { addMembers, replaceValue } from '../../../../formats/json/edits.ts';
import {
  createMemberFinder,
  type Member,
  type MemberFinder,
} from '../../../../formats/json/places.ts';
import type { TextEdit } from '../../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import type { Fix, FixPlanner, FixQuestion, Step } from '../../fix.ts';
import { parseAlias } from '../declared/requirement.ts';
import { isDenoManifest } from '../deno/deno-manifest.ts';
import {
  addWorkspaceOverrides,
  findLock,
  findTool,
  listFoldersAbove,
  READ_NAMES,
  takeFolder,
} from './lock-home.ts';

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
        .flatMap((folder) => READ_NAMES.map((name) => folder + name)),
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

interface OverridesHome {
  readonly file: string;
  /** Of the object in a package.json; null for a pnpm-workspace.yaml. */
  readonly path: readonly string[] | null;
}

function isNpm({ ecosystem }: DeclaredDependency): boolean {
  return ecosystem === 'npm';
}

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

class NpmPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  /** Locks that their package managers must write again, and manifests without one. */
  readonly relock = new Set<string>();
  readonly fixed = new Set<string>();
  readonly #question: FixQuestion;
  readonly #finders = new Map<string, MemberFinder>();

  constructor(question: FixQuestion) {
    this.#question = question;
  }

  get commands(): readonly string[] {
    const commands = [...this.relock]
      .sort()
      .map((file) => findTool(file).command(takeFolder(file), this.#readText(file) ?? ''));
    return [...new Set(commands)];
  }

  direct(dependency: DeclaredDependency): void {
    const { name, version, requested, place } = dependency;
    const remedy = this.#question.findRemedy(dependency);
    const spec = requested ?? '';
    if (remedy !== null) {
      if (remedy.safe === null)
        this.#leave(dependency, `${remedy.findings.join(', ')}: no known version is free of it`);
      else if (isDenoManifest(place.file))
        this.#leave(
          dependency,
          `${remedy.findings.join(', ')}: import it as npm:${name}@${remedy.safe}, then run: deno install`,
        );
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
      this.relock.add(findLock(this.#question.files, place.file)?.file ?? place.file);
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
    this.relock.add(findLock(this.#question.files, place.file)?.file ?? place.file);
    if (dependency.purl !== null) this.fixed.add(dependency.purl);
    // It was done before: only the lock must follow.
    if (manifest.slice(edit.start, edit.end) === edit.text) return;
    this.#edit(place.file, edit);
    this.steps.push({ place: `${place.file}:${place.line}`, what });
  }

  /**
   * An override of the root fixes what only the lock names, where one version of it is locked.
   */
  transitive(dependencies: readonly DeclaredDependency[]): void {
    const overrides = new Map<string, [string, string][]>();
    const byName = Map.groupBy(this.#question.dependencies.filter(isNpm), ({ name }) => name);
    for (const dependency of dependencies) {
      const { name, version, purl, place } = dependency;
      const remedy = this.#question.findRemedy(dependency);
      if (remedy === null) continue;
      const ids = remedy.findings.join(', ');
      const homes = this.#findHomes(place.file);
      const why = this.#findObstacle(dependency, remedy.safe, byName.get(name) ?? [], homes);
      if (remedy.safe === null || why !== null) {
        this.#leave(dependency, `${ids}: ${why}`);
        continue;
      }
      const members = overrides.get(place.file);
      if (members === undefined) overrides.set(place.file, [[name, remedy.safe]]);
      else members.push([name, remedy.safe]);
      if (purl !== null) this.fixed.add(purl);
      const what = `${name} ${version ?? ''} -> ${remedy.safe} by an override (${ids})`;
      for (const { file } of homes) this.steps.push({ place: file, what });
      this.relock.add(place.file);
    }
    for (const [lock, members] of overrides)
      for (const home of this.#findHomes(lock)) {
        const edit = this.#writeOverrides(home, members);
        if (edit !== null) this.#edit(home.file, edit);
      }
  }

  /** Why an override does not fix it; null where it does. */
  #findObstacle(
    { name, version, place }: DeclaredDependency,
    safe: string | null,
    all: readonly DeclaredDependency[],
    homes: readonly OverridesHome[],
  ): string | null {
    if (safe === null) return 'no known version is free of it';
    if (homes.length === 0)
      return findTool(place.file).overrides === null
        ? `nothing overrides it; import a version of what needs it that takes ${safe}`
        : `write overrides in pnpm-workspace.yaml that set ${name} to ${safe}`;
    const versions = new Set(all.map((one) => one.version));
    if (versions.size > 1 || all.some(({ kind }) => kind === 'direct'))
      return (
        `several versions are locked; upgrade what needs ${version ?? 'it'} to one ` +
        `that takes ${safe}`
      );
    const set = homes.find((home) => this.#isOverridden(home, name));
    if (set !== undefined) return `${set.file} already overrides it; set the override to ${safe}`;
    const closed = homes.find((home) => this.#writeOverrides(home, [[name, safe]]) === null);
    return closed === undefined ? null : `set an override in ${closed.file} to ${safe}`;
  }

  /** The files that set versions for a lock. */
  #findHomes(lock: string): readonly OverridesHome[] {
    const { overrides, locks } = findTool(lock);
    if (overrides === null) return [];
    const folder = takeFolder(lock);
    const manifest = { file: `${folder}package.json`, path: overrides };
    if (!locks.includes('pnpm-lock.yaml')) return [manifest];
    const workspace = { file: `${folder}pnpm-workspace.yaml`, path: null };
    const hasWorkspace = this.#readText(workspace.file) !== null;
    const [, written] =
      /"packageManager"\s*:\s*"pnpm@(\d{1,4})\./.exec(this.#readText(manifest.file) ?? '') ?? [];
    const major = written === undefined ? null : Number(written);
    const text = this.#readText(lock) ?? '';
    // Up to 9 it reads only package.json, since 11 only its workspace, and 10 reads both.
    const isOld = major === null ? /^lockfileVersion: '?[56]/m.test(text) : major < 10;
    const isNew = major === null ? text.startsWith('---') : major > 10;
    if (isOld) return [manifest];
    if (isNew) return hasWorkspace ? [workspace] : [];
    if (!hasWorkspace) return [manifest];
    return major === 10 ? [workspace] : [manifest, workspace];
  }

  #isOverridden({ file, path }: OverridesHome, name: string): boolean {
    if (path !== null) return this.#openFinder(file)([...path, name]) !== null;
    const starts = ['', "'", '"'].flatMap((quote) => [
      `${quote}${name}${quote}:`,
      `${quote}${name}@`,
    ]);
    const lines = (this.#readText(file) ?? '').split('\n').map((line) => line.trim());
    return lines.some((line) => starts.some((start) => line.startsWith(start)));
  }

  #writeOverrides(
    { file, path }: OverridesHome,
    members: readonly (readonly [string, string])[],
  ): TextEdit | null {
    const text = this.#readText(file);
    if (text === null) return null;
    if (path === null) return addWorkspaceOverrides(text, members);
    return addMembers(text, path, Object.fromEntries(members));
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
