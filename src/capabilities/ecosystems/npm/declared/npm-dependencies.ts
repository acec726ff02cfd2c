import semver from 'semver';
import { formatPurl } from '../../../../core/purl.ts';
import type { Skip } from '../../component.ts';
import { parseArchiveRegistry, parseRegistry } from '../../component-registry.ts';
import type { DeclaredDependency, PinState, RegistrySource } from '../../dependency.ts';
import { createSkip } from '../../extractor.ts';
import { buildNpmParts } from '../installed/npm-draft.ts';
import { type LockEntry, locateEntry, type NpmLock } from './lock.ts';
import type { NpmManifest, NpmRequirement } from './manifest.ts';
import { findConfiguredRegistry, type Npmrc } from './npmrc.ts';

/** One project: a lock with the manifests that it is for, or a manifest that nothing locks. */
export interface NpmProject {
  readonly lock: NpmLock | null;
  /** By folder, relative to that of the lock; the root is the empty text. */
  readonly manifests: readonly {
    readonly file: string;
    readonly folder: string;
    readonly manifest: NpmManifest;
  }[];
  readonly npmrc: Npmrc;
}

export interface NpmDependencies {
  readonly dependencies: readonly DeclaredDependency[];
  readonly problems: readonly Skip[];
}

const REWRITE = 'Write the lock again: npm install --package-lock-only.';

/** What the manifests ask for, as the lock resolves it, and all that the lock brings beside. */
export function listNpmDependencies(project: NpmProject): NpmDependencies {
  const problems: Skip[] = project.manifests.flatMap(({ manifest }) => manifest.problems);
  const { lock } = project;
  const direct = project.manifests.flatMap(({ file, folder, manifest }) =>
    manifest.wanted.flatMap((wanted) => resolveDirect(project, { file, folder, wanted }) ?? []),
  );
  if (lock === null) {
    for (const { file, manifest } of project.manifests)
      if (manifest.wanted.some(({ group }) => group !== 'peerDependencies'))
        problems.push(
          createSkip(
            file,
            'FACT_UNKNOWN',
            'no lock says what its dependencies need in turn',
            REWRITE,
          ),
        );
    return { dependencies: direct.map(({ dependency }) => dependency), problems };
  }
  problems.push(...lock.problems, ...findGaps(lock), ...findStrangers(project, lock));
  if (project.npmrc.ignoresLock)
    problems.push(
      createSkip(
        lock.file,
        'FACT_UNKNOWN',
        '.npmrc tells npm to pass it over (package-lock)',
        'Remove that line.',
      ),
    );
  const taken = new Set(direct.map(({ key }) => key));
  const reached = findReachable(project, lock);
  const rest = [...lock.entries.values()].filter(
    ({ key, version, link }) => version !== null && !link && !taken.has(key),
  );
  const transitive = rest.map((entry) =>
    resolveTransitive(project, lock, entry, reached.has(entry.key)),
  );
  const away = [...lock.entries.values()].filter(
    (entry) => entry.link && !taken.has(entry.key) && leadsAway(entry),
  );
  const linked = away.map((entry) => buildAwayDependency(lock, entry));
  return {
    dependencies: [...direct.map(({ dependency }) => dependency), ...transitive, ...linked],
    problems,
  };
}

interface DirectRequest {
  readonly file: string;
  readonly folder: string;
  readonly wanted: NpmRequirement;
}

/** Null for what is a part of this tree, and for a peer that may be absent and is. */
function resolveDirect(
  project: NpmProject,
  { file, folder, wanted }: DirectRequest,
): { readonly key: string | null; readonly dependency: DeclaredDependency } | null {
  const { lock } = project;
  const entry = lock === null ? null : locateEntry(lock, folder, wanted.name);
  const base = {
    ecosystem: 'npm' as const,
    requested: wanted.spec,
    place: { file, line: wanted.line },
    kind: 'direct' as const,
    development: wanted.group === 'devDependencies',
  };
  if (entry === null) {
    if (
      wanted.group === 'peerDependencies' &&
      (wanted.optionalPeer || lock === null || lock.lockfileVersion === 1)
    )
      return null;
    const why =
      lock === null ? explainUnlocked(wanted.spec) : `${lock.file} lacks it, so the two disagree`;
    const alias = parseAlias(wanted.spec);
    const name = alias?.name ?? wanted.name;
    const purl = formatPurl({ ...buildNpmParts(name, ''), version: null });
    const registry = isAddress(wanted.spec)
      ? { registry: parseRegistry(wanted.spec), registryFrom: 'written' as const }
      : {
          registry: findConfiguredRegistry(project.npmrc, name) ?? null,
          registryFrom: findRegistrySource(project.npmrc, name),
        };
    const dependency = {
      ...base,
      name,
      version: null,
      purl,
      pinned: 'no' as const,
      why,
      ...registry,
      recorded: false,
    };
    return { key: null, dependency };
  }
  if (entry.link) return resolveLink(base, wanted, entry);
  const { pinned, why } = judgePin(entry, lock, wanted.spec);
  const dependency = {
    ...base,
    ...resolveIdentity(project, entry),
    pinned,
    why: addNote(why, project, entry),
    recorded: pinned === 'yes',
  };
  return { key: entry.key, dependency };
}

function explainUnlocked(spec: string): string {
  if (semver.valid(spec) !== null) return 'no lock records its content and what it needs in turn';
  return 'no lock: another version is taken whenever one is published';
}

/** A link into this tree is a part of it; one that leads out of it is not to be told from here. */
function resolveLink(
  base: Pick<DeclaredDependency, 'ecosystem' | 'requested' | 'place' | 'kind' | 'development'>,
  wanted: NpmRequirement,
  entry: LockEntry,
): ReturnType<typeof resolveDirect> {
  if (!leadsAway(entry)) return null;
  return { key: entry.key, dependency: { ...base, ...buildAwayFields(wanted.name) } };
}

function buildAwayFields(name: string) {
  const purl = formatPurl({ ...buildNpmParts(name, ''), version: null });
  const open = {
    version: null,
    purl,
    pinned: 'unknown' as const,
    registry: null,
    registryFrom: 'default' as const,
  };
  return { name, ...open, why: 'it is a link to a folder outside of this tree', recorded: false };
}

function buildAwayDependency(
  lock: NpmLock,
  { key, line, development }: LockEntry,
): DeclaredDependency {
  const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const place = { file: lock.file, line };
  return {
    ecosystem: 'npm',
    requested: null,
    ...buildAwayFields(name),
    place,
    kind: 'transitive',
    development,
  };
}

function leadsAway({ resolved }: LockEntry): boolean {
  return resolved === null || leavesTree(resolved);
}

function leavesTree(path: string): boolean {
  return (
    /^(?:[\\/]|[A-Za-z]:|~|[a-z][a-z0-9+.-]*:\/\/)/i.test(path) ||
    path.split(/[\\/]/).includes('..')
  );
}

/**
 * Whether the lock holds the content of one package fast, and for a wish of a manifest whether it
 * is what was wished.
 */
function judgePin(
  entry: LockEntry,
  lock: NpmLock | null,
  spec: string | null,
): { pinned: PinState; why: string } {
  const { version, resolved } = entry;
  const file = lock?.file ?? '';
  // mutant lock-disagrees-with-manifest by npm: condition -> false
  if (spec !== null && version !== null && !allowsVersion(spec, entry, version))
    return {
      pinned: 'no',
      why: `${file} has ${version}, which ${quoteText(spec)} does not allow: the two disagree`,
    };
  const other = findOtherArchive(entry);
  if (other !== null)
    return { pinned: 'no', why: `${file} calls it ${version ?? ''} and takes ${quoteText(other)}` };
  // npm compares no hash of what git gives it.
  if (resolved !== null && isGit(resolved)) {
    if (/#(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(resolved))
      return { pinned: 'yes', why: `locked to a commit in ${file}` };
    return { pinned: 'unknown', why: `${file} names no commit of it, so its content may change` };
  }
  // mutant lock-entry-without-hash by npm: condition -> true
  if (entry.integrity) return { pinned: 'yes', why: `locked with its hash in ${file}` };
  if (entry.bundled && isBroughtBy(lock, entry.key))
    return { pinned: 'yes', why: 'bundled in a package that brings it' };
  return { pinned: 'unknown', why: `${file} has no hash of it, so its content may change` };
}

/**
 * The archive that an address names as npm registries write it (`NAME/-/NAME-VERSION.tgz`), where
 * that is another package or another version than the lock says: advisories would be asked about
 * what is not installed.
 */
function findOtherArchive({ resolved, name, version }: LockEntry): string | null {
  const [, before, archive] =
    /^https?:\/\/[^/]+(\/[^?#]*)\/-\/([^?#]+)\.tgz(?:[?#].*)?$/i.exec(resolved ?? '') ?? [];
  if (before === undefined || archive === undefined || version === null) return null;
  const [path, file] = [decodeText(before), decodeText(archive)];
  const short = name.slice(name.lastIndexOf('/') + 1);
  const wanted = version.replace(/\+.*$/, '');
  const isNamed = path.endsWith(`/${name}`);
  const isArchive = [short, name].some(
    (one) => file === `${one}-${wanted}` || file === `${one}-${version}`,
  );
  return isNamed && isArchive ? null : `${path.slice(path.lastIndexOf('/') + 1)}/-/${file}.tgz`;
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a package above it, which is held fast itself, brings packages within its archive.
 * Version 1 does not say which do.
 */
function isBroughtBy(lock: NpmLock | null, key: string): boolean {
  for (
    let at = key.lastIndexOf('/node_modules/');
    at !== -1;
    at = key.lastIndexOf('/node_modules/', at - 1)
  ) {
    const above = lock?.entries.get(key.slice(0, at));
    if (above?.version != null && above.integrity && above.bundles !== false) return true;
  }
  return false;
}

function allowsVersion(spec: string, entry: LockEntry, version: string): boolean {
  const alias = parseAlias(spec);
  if (alias !== null && alias.name !== entry.name) return false;
  if (
    alias === null &&
    entry.name !== entry.key.slice(entry.key.lastIndexOf('node_modules/') + 13)
  ) {
    if (!isAddress(spec) && !isPath(spec)) return false;
  }
  const range = alias === null ? spec : alias.range;
  const commit = /#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(spec)?.[1];
  if (commit !== undefined && isAddress(spec))
    return entry.resolved?.endsWith(`#${commit}`) === true;
  if (isAddress(range)) return isFromSource(range, entry.resolved);
  if (isPath(range)) return entry.resolved === null || isPath(entry.resolved);
  const valid = semver.validRange(range, { loose: true });
  // What is no range is a tag, where it can be one: the lock then says which version it was.
  if (valid === null) return encodeURIComponent(range) === range;
  return (
    semver.satisfies(version, valid, { loose: true }) ||
    semver.valid(version, { loose: true }) === null
  );
}

/**
 * A repository, or the very archive that was asked for; of hosts whose addresses mean a repository
 * too.
 */
function isFromSource(spec: string, resolved: string | null): boolean {
  if (resolved === null) return false;
  if (isGit(resolved)) return !/\.t(?:ar\.)?gz(?:[?#]|$)/i.test(spec);
  return /^https?:/i.test(spec) && parseRegistry(spec) === parseRegistry(resolved);
}

/** `npm:@scope/name@^1`: another package under this name. */
export function parseAlias(spec: string): { readonly name: string; readonly range: string } | null {
  const [, name, range] = /^npm:((?:@[^/@\s]+\/)?[^/@\s]+)(?:@(.*))?$/.exec(spec.trim()) ?? [];
  return name === undefined ? null : { name, range: range ?? '*' };
}

function isAddress(spec: string): boolean {
  return (
    /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github:|gitlab:|bitbucket:|gist:)/i.test(spec) ||
    /^[\w.-]+\/[\w.-]+(?:#.*)?$/.test(spec)
  );
}

function isGit(resolved: string): boolean {
  return /^(?:git(?:\+[a-z]+)?:|git@|github:|gitlab:|bitbucket:)/i.test(resolved);
}

function isPath(spec: string): boolean {
  return /^(?:file:|link:|workspace:|\.{0,2}\/|~\/)/.test(spec);
}

function resolveTransitive(
  project: NpmProject,
  lock: NpmLock,
  entry: LockEntry,
  asked: boolean,
): DeclaredDependency {
  // mutant lock-stray-package by npm: remove operand
  const stray = !asked || entry.extraneous;
  const { pinned, why } = stray
    ? {
        pinned: 'no' as const,
        why: `nothing asks for it: ${lock.file} disagrees with its manifest`,
      }
    : judgePin(entry, lock, null);
  return {
    ecosystem: 'npm',
    requested: null,
    ...resolveIdentity(project, entry),
    pinned,
    why: addNote(why, project, entry),
    recorded: pinned === 'yes',
    place: { file: lock.file, line: entry.line },
    kind: 'transitive',
    development: entry.development,
  };
}

function resolveIdentity(
  project: NpmProject,
  entry: LockEntry,
): Pick<DeclaredDependency, 'name' | 'version' | 'purl' | 'registry' | 'registryFrom'> {
  const { name, version } = entry;
  const purl = version === null ? null : formatPurl(buildNpmParts(name, version));
  return { name, version, purl, ...findRegistry(project, entry) };
}

interface RegistryOrigin {
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
}

/**
 * Only the address that the lock records is known; what is configured may be overridden on another
 * machine.
 */
function findRegistry(project: NpmProject, entry: LockEntry): RegistryOrigin {
  const { resolved } = entry;
  if (resolved !== null && isPath(resolved))
    return {
      registry: null,
      registryFrom: leavesTree(resolved.replace(/^\w+:/, '')) ? 'default' : 'tree',
    };
  if (resolved === null && entry.bundled) {
    const parent = project.lock?.entries.get(
      entry.key.slice(0, Math.max(entry.key.lastIndexOf('/node_modules/'), 0)),
    );
    if (parent !== undefined && parent.version !== null) return findRegistry(project, parent);
  }
  const recorded =
    resolved === null
      ? null
      : isGit(resolved)
        ? parseGitHost(resolved)
        : parseArchiveRegistry(resolved, entry.name);
  const configured = findConfiguredRegistry(project.npmrc, entry.name);
  if (recorded !== null && !isReplaced(project.npmrc, recorded, configured))
    return { registry: recorded, registryFrom: 'lock' };
  return {
    registry: configured ?? null,
    registryFrom: findRegistrySource(project.npmrc, entry.name),
  };
}

function findRegistrySource(npmrc: Npmrc, name: string): RegistrySource {
  return findConfiguredRegistry(npmrc, name) === undefined ? 'default' : 'configured';
}

/**
 * `replace-registry-host` makes npm take recorded addresses from the configured registry instead.
 */
function isReplaced(
  npmrc: Npmrc,
  recorded: string,
  configured: string | null | undefined,
): boolean {
  if (configured === undefined || configured === recorded) return false;
  const host = recorded.split('/')[0] ?? '';
  const { replaceRegistryHost } = npmrc;
  // What it is without a word of .npmrc stands for the public registry.
  if (replaceRegistryHost === 'npmjs') return host === `registry.${replaceRegistryHost}.org`;
  return replaceRegistryHost === 'always' || replaceRegistryHost === host;
}

function parseGitHost(resolved: string): string | null {
  const short = /^(github|gitlab|bitbucket):(.*)$/i.exec(resolved);
  if (short !== null) return `${short[1]?.toLowerCase()}/${(short[2] ?? '').replace(/#.*$/, '')}`;
  const url = resolved.replace(/#.*$/, '').replace(/^(git\+ssh:\/\/[^/:]+):(?!\d+\/)/i, '$1/');
  return parseRegistry(url)?.replace(/\.git$/, '') ?? null;
}

/** What somebody should know beside: the lock and .npmrc name different registries. */
function addNote(why: string, project: NpmProject, entry: LockEntry): string {
  const { registry, registryFrom } = findRegistry(project, entry);
  const configured = findConfiguredRegistry(project.npmrc, entry.name);
  if (
    registryFrom !== 'lock' ||
    configured === undefined ||
    configured === registry ||
    isGit(entry.resolved ?? '')
  )
    return why;
  return `${why}; .npmrc names ${configured ?? 'a registry that only the environment knows'}`;
}

/** A package that needs what the lock lacks: more is installed than the lock says. */
function findGaps(lock: NpmLock): readonly Skip[] {
  return [...lock.entries.values()].flatMap((entry) => {
    if (entry.link || entry.version === null) return [];
    const lacking = entry.needs.filter((name) => locateEntry(lock, entry.key, name) === null);
    if (lacking.length === 0) return [];
    const why = `${quoteText(entry.name)} needs ${quoteText(lacking[0] ?? '')}, which the lock lacks`;
    return [createSkip(lock.file, 'MALFORMED', why, REWRITE)];
  });
}

/** What the lock's own root asks for and the manifest beside it does not. */
function findStrangers({ manifests }: NpmProject, lock: NpmLock): readonly Skip[] {
  const root = manifests.find(({ folder }) => folder === '');
  if (root === undefined) {
    return [
      createSkip(
        lock.file,
        'FACT_UNKNOWN',
        'there is no readable package.json beside it',
        'Restore package.json.',
      ),
    ];
  }
  const names = new Set(root.manifest.wanted.map(({ name }) => name));
  const strangers = [...(lock.rootWants ?? [])].filter((name) => !names.has(name));
  if (strangers.length === 0) return [];
  const why = `it asks for ${quoteText(strangers[0] ?? '')}, and ${root.file} does not: the two disagree`;
  return [createSkip(lock.file, 'MALFORMED', why, REWRITE)];
}

/** The keys of all that the manifests ask for, directly or by way of others. */
function findReachable({ manifests }: NpmProject, lock: NpmLock): ReadonlySet<string> {
  const reached = new Set<string>();
  const open: string[] = [];
  const follow = (from: string, names: Iterable<string>): void => {
    for (const name of names) {
      const entry = locateEntry(lock, from, name);
      if (entry === null || reached.has(entry.key)) continue;
      reached.add(entry.key);
      open.push(entry.key);
      if (entry.link && entry.resolved !== null)
        follow(entry.resolved, listNeeds(lock.entries.get(entry.resolved)));
    }
  };
  for (const { folder, manifest } of manifests)
    follow(
      folder,
      manifest.wanted.map(({ name }) => name),
    );
  for (let key = open.pop(); key !== undefined; key = open.pop())
    follow(key, listNeeds(lock.entries.get(key)));
  return reached;
}

function listNeeds(entry: LockEntry | undefined): readonly string[] {
  return entry === undefined ? [] : [...entry.needs, ...entry.mayNeed];
}

function quoteText(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
