import { sha256 } from '../../../../core/digest.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { createLineCounter, findMember, listMembers } from '../../../../formats/json/places.ts';
import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { isNpmName, isVersionText, parseIntegrity } from '../installed/npm-draft.ts';

/**
 * One package of a lock, under its path (`node_modules/a/node_modules/b`), for any version of the
 * lock.
 */
export interface LockEntry {
  readonly key: string;
  /** The real name, where the folder has another name. */
  readonly name: string;
  /** Null for a link and for a folder of the project. */
  readonly version: string | null;
  /** The address as recorded, or null. */
  readonly resolved: string | null;
  readonly integrity: boolean;
  /** A link to a folder: `resolved` is its path. */
  readonly link: boolean;
  readonly bundled: boolean;
  /** It includes packages in its own archive; null where the lock does not say so of any. */
  readonly bundles: boolean | null;
  readonly development: boolean;
  /** npm itself says that nothing requires it. */
  readonly extraneous: boolean;
  /** Its required dependencies. */
  readonly needs: readonly string[];
  /** Its optional dependencies. */
  readonly mayNeed: readonly string[];
  readonly line: number;
  /** As written: an inventory reads licence and hashes here. */
  readonly fields: JsonObject;
}

export interface NpmLock {
  readonly file: string;
  readonly lockfileVersion: 1 | 2 | 3;
  /** The part that the entries come from: npm before version 7 wrote `dependencies` alone. */
  readonly part: 'packages' | 'dependencies';
  /**
   * Entries outside of node_modules too: the root under '' and workspaces under their paths
   * (version 2 and 3).
   */
  readonly entries: ReadonlyMap<string, LockEntry>;
  /** By the folder that a link leads to, the key of the link. */
  readonly links: ReadonlyMap<string, string>;
  /** What the lock's own root requires; null in version 1, which does not say. */
  readonly rootWants: ReadonlySet<string> | null;
  /** Those of them that npm always installs. */
  readonly rootNeeds: ReadonlySet<string>;
  /** Malformed entries: nothing takes their place. */
  readonly broken: ReadonlySet<string>;
  /**
   * Why different versions of npm read different parts of this lock: its packages can be listed,
   * but are not what will be installed. Null where there is one part, or two that agree.
   */
  readonly contradiction: Skip | null;
  readonly problems: readonly Skip[];
}

interface LockState {
  readonly file: string;
  readonly text: string;
  readonly toLine: (offset: number) => number;
  readonly entries: Map<string, LockEntry>;
  readonly broken: Set<string>;
  readonly problems: Skip[];
}

/**
 * package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3 (docs.npmjs.com,
 * package-lock.json). The one reader: an inventory and the declared dependencies use the same
 * entries, and neither is complete over a lock with problems or a contradiction.
 */
export function readLock(file: string, bytes: Uint8Array): Result<NpmLock> {
  const key = `${file}\0${sha256(bytes)}`;
  const known = last?.key === key ? last.read.deref() : undefined;
  if (known !== undefined) return known;
  const read = readContent(file, bytes);
  last = { key, read: new WeakRef(read) };
  return read;
}

/**
 * The last lock, by its name and content: a source gate reads it for what is declared and again for
 * the inventory.
 */
let last: { readonly key: string; readonly read: WeakRef<Result<NpmLock>> } | null = null;

function readContent(file: string, bytes: Uint8Array): Result<NpmLock> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const lock = json.value;
  if (!isJsonObject(lock)) return fail('MALFORMED', `${file} is not an object`, REWRITE);
  const version = lock['lockfileVersion'] ?? 1;
  if (version !== 1 && version !== 2 && version !== 3)
    return fail(
      'UNSUPPORTED',
      `${file}: lockfileVersion ${JSON.stringify(version).slice(0, 40)} is not 1, 2 or 3`,
      REWRITE,
    );
  const { packages, dependencies } = lock;
  const part = packages === undefined ? 'dependencies' : 'packages';
  const nested = packages ?? dependencies ?? {};
  if (!isJsonObject(nested))
    return fail('MALFORMED', `${file}: its packages are not an object`, REWRITE);
  const state = startReading(file, text.value);
  const start = findMember(text.value, [part])?.valueStart;
  if (part === 'packages') readPackages(state, nested, start ?? 0);
  else if (start !== undefined) readLevel(state, nested, start, '');
  const contradiction = findContradiction(file, version, part);
  // mutant lock-parts-differ: remove
  if (part === 'packages' && dependencies !== undefined && contradiction === null)
    compareParts(state, dependencies);
  const { entries, problems, broken } = state;
  const links = new Map(
    [...entries.values()].filter(({ link }) => link).map((one) => [one.resolved ?? '', one.key]),
  );
  return ok({
    file,
    lockfileVersion: version,
    part,
    entries,
    links,
    rootWants: part === 'packages' ? listRootNames(nested, ROOT_WANTS) : null,
    rootNeeds: part === 'packages' ? listRootNames(nested, ROOT_NEEDS) : new Set(),
    broken,
    contradiction,
    problems,
  });
}

function startReading(file: string, text: string): LockState {
  const toLine = createLineCounter(text);
  return { file, text, toLine, entries: new Map(), broken: new Set(), problems: [] };
}

/** npm before version 7 reads `dependencies`, every newer one `packages`. */
function findContradiction(file: string, version: 1 | 2 | 3, part: NpmLock['part']): Skip | null {
  // mutant lock-of-version-1-with-packages: condition 2 -> true
  if (version === 1)
    return part === 'dependencies'
      ? null
      : createSkip(
          file,
          'MALFORMED',
          'it says version 1 and has packages, which newer npm reads',
          REWRITE,
        );
  // mutant lock-without-packages: condition -> true
  return part === 'packages' ? null : createSkip(file, 'MALFORMED', 'it has no packages', REWRITE);
}

export const REWRITE = 'Write the lock again: npm install --package-lock-only.';
const NEEDS = ['dependencies'] as const;
const MAY_NEED = ['optionalDependencies', 'peerDependencies', 'devDependencies'] as const;

function readPackages(reading: LockState, packages: JsonObject, start: number): void {
  for (const { key, keyStart } of listMembers(reading.text, start)) {
    const fields = getOwn(packages, key);
    const line = reading.toLine(keyStart);
    if (!isJsonObject(fields)) refuseEntry(reading, key, 'its entry is not an object');
    else addEntry(reading, key, { ...parseEntry(fields), ...readIdentity(key, fields), key, line });
  }
}

function readIdentity(key: string, fields: JsonObject): Pick<LockEntry, 'name' | 'version'> {
  const named = key.slice(`/${key}`.lastIndexOf('/node_modules/') + 'node_modules/'.length);
  const alias = fields['name'];
  const isProject = !isInstalled(key) || fields['link'] === true;
  const version = fields['version'] ?? parseCommit(fields['resolved']);
  return {
    name: typeof alias === 'string' ? alias : named,
    version: !isProject && isVersionText(version) ? version : null,
  };
}

function isInstalled(key: string): boolean {
  return `/${key}`.includes('/node_modules/');
}

function addEntry(reading: LockState, key: string, entry: LockEntry): void {
  const counts = isInstalled(key) && !entry.link;
  if (counts && !isNpmName(entry.name)) refuseEntry(reading, key, 'it has no usable name');
  else if (counts && entry.version === null) refuseEntry(reading, key, 'it has no version');
  else reading.entries.set(key, entry);
}

/** All fields except those that the place in the lock gives. */
function parseEntry(fields: JsonObject): Omit<LockEntry, 'key' | 'name' | 'version' | 'line'> {
  const resolved = fields['resolved'];
  const optional = listOptionalPeers(fields);
  const may = [...listNames(fields, MAY_NEED), ...optional];
  const isOptional = new Set(may);
  return {
    resolved: typeof resolved === 'string' && resolved !== '' ? resolved : null,
    integrity: Object.keys(parseIntegrity(fields['integrity'])).length > 0,
    link: fields['link'] === true,
    bundled: fields['inBundle'] === true || fields['bundled'] === true,
    bundles: bundlesAny(fields),
    development: fields['dev'] === true,
    extraneous: fields['extraneous'] === true,
    needs: listNames(fields, NEEDS).filter((name) => !isOptional.has(name)),
    mayNeed: may,
    fields,
  };
}

function bundlesAny(fields: JsonObject): boolean {
  const named = fields['bundleDependencies'] ?? fields['bundledDependencies'];
  return named === true || (Array.isArray(named) && named.length > 0);
}

function listOptionalPeers(fields: JsonObject): readonly string[] {
  const meta = fields['peerDependenciesMeta'];
  return isJsonObject(meta) ? Object.keys(meta) : [];
}

function listNames(fields: JsonObject, members: readonly string[]): readonly string[] {
  return members.flatMap((member) => {
    const named = getOwn(fields, member);
    return isJsonObject(named) ? Object.keys(named) : [];
  });
}

/** `dependencies` of lockfileVersion 1: nested as folders are. */
function readLevel(reading: LockState, level: JsonObject, start: number, prefix: string): void {
  for (const { key, keyStart, valueStart } of listMembers(reading.text, start)) {
    const fields = getOwn(level, key);
    if (!isJsonObject(fields)) {
      refuseEntry(reading, `${prefix}node_modules/${key}`, 'its entry is not an object');
      continue;
    }
    const place = `${prefix}node_modules/${key}`;
    const requires = isJsonObject(fields['requires']) ? Object.keys(fields['requires']) : [];
    const line = reading.toLine(keyStart);
    const { dependencies: nested, ...plain } = fields;
    const own = parseEntry(plain);
    const entry = { ...own, bundles: null, needs: requires, key: place, line };
    addEntry(reading, place, { ...entry, ...readOldIdentity(key, fields) });
    if (!isJsonObject(nested)) continue;
    const inner = listMembers(reading.text, valueStart).find(
      (member) => member.key === 'dependencies',
    );
    readLevel(reading, nested, inner?.valueStart ?? 0, `${place}/`);
  }
}

/**
 * `dependencies` beside `packages`, for npm before version 7: each npm would install something
 * else.
 */
function compareParts(reading: LockState, dependencies: JsonValue): void {
  if (!isJsonObject(dependencies)) {
    refuse(reading, 'dependencies', 'its dependencies are not an object');
    return;
  }
  const start = findMember(reading.text, ['dependencies'])?.valueStart ?? 0;
  const old: LockState = startReading(reading.file, reading.text);
  readLevel(old, dependencies, start, '');
  const [unread] = old.broken;
  // mutant lock-part-that-cannot-be-read: remove
  if (unread !== undefined)
    refuse(reading, unread, 'its entry for npm before version 7 cannot be read');
  const other = [...old.entries.values()].find((entry) => {
    if (entry.link || isBelowLink(reading, entry.key)) return false;
    const own = reading.entries.get(entry.key);
    // mutant lock-part-with-another-package: remove operand
    return own === undefined || differs(entry, own);
  });
  const why = 'its part for npm before version 7 differs from packages';
  if (other !== undefined) refuse(reading, other.key, why);
}

function differs(one: LockEntry, other: LockEntry): boolean {
  const isOther = (a: string | null, b: string | null): boolean =>
    a !== null && b !== null && a !== b;
  const isVersion = [one, other].every(({ version }) => /^\d/.test(version ?? ''));
  // mutant lock-parts-with-two-versions: operand -> false
  // mutant lock-parts-with-two-archives: operand 2 -> false
  return (
    (isVersion && isOther(one.version, other.version)) || isOther(one.resolved, other.resolved)
  );
}

/** Packages of a linked folder are under its own path in `packages`. */
function isBelowLink({ entries }: LockState, key: string): boolean {
  for (
    let at = key.lastIndexOf('/node_modules/');
    at !== -1;
    at = key.lastIndexOf('/node_modules/', at - 1)
  )
    if (entries.get(key.slice(0, at))?.link === true) return true;
  return false;
}

/** In version 1 the version may be an alias, a commit or a path. */
function readOldIdentity(
  key: string,
  fields: JsonObject,
): Partial<LockEntry> & Pick<LockEntry, 'name' | 'version'> {
  const spec = fields['version'];
  if (!isVersionText(spec)) return { name: key, version: null };
  const alias = /^npm:(.+)@([^@]+)$/.exec(spec);
  if (alias !== null) return { name: alias[1] ?? key, version: alias[2] ?? null };
  const path = /^(?:file|link):(.*)$/s.exec(spec)?.[1];
  // An archive is a package; a folder is a part of the project, or of another.
  if (path !== undefined && !/\.(?:tgz|tar\.gz|tar)$/.test(path))
    return { name: key, version: null, link: true, resolved: path };
  if (path !== undefined) return { name: key, version: spec, resolved: spec };
  const commit = /^[a-z+]+:.*#([0-9a-f]{40}|[0-9a-f]{64})$/i.exec(spec)?.[1] ?? parseCommit(spec);
  if (commit !== undefined) return { name: key, version: commit, resolved: spec };
  return /^[a-z+]+:/i.test(spec)
    ? { name: key, version: spec, resolved: spec }
    : { name: key, version: spec };
}

/** Some git dependencies have no version: then the commit is all that the lock says about it. */
function parseCommit(resolved: JsonValue | undefined): string | undefined {
  return typeof resolved === 'string'
    ? /^(?:git|github|gitlab|bitbucket)\b.*#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(resolved)?.[1]
    : undefined;
}

const ROOT_NEEDS = ['dependencies', 'devDependencies'];
const ROOT_WANTS = [...ROOT_NEEDS, 'optionalDependencies', 'peerDependencies'];

function listRootNames(packages: JsonObject, groups: readonly string[]): ReadonlySet<string> {
  const root = packages[''];
  return new Set(isJsonObject(root) ? listNames(root, groups) : []);
}

/** Its key stays known: a search for it must not find another package further up. */
function refuseEntry(reading: LockState, key: string, why: string): void {
  reading.broken.add(key);
  refuse(reading, key, why);
}

function refuse({ file, problems }: LockState, key: string, why: string): void {
  problems.push(
    createSkip(file, 'MALFORMED', `${JSON.stringify(key.slice(0, 120))}: ${why}`, REWRITE),
  );
}

/** Node's own resolution: the nearest node_modules upwards from a folder. */
export function locateEntry(lock: NpmLock, from: string, name: string): LockEntry | null {
  for (let base = from; ; base = findParent(base)) {
    const place = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    const found = lock.entries.get(place);
    if (found !== undefined) return found;
    if (base === '' || lock.broken.has(place)) return null;
  }
}

/** `a/node_modules/b/node_modules/c` → `a/node_modules/b` → `a` → the root. */
function findParent(base: string): string {
  const at = base.lastIndexOf('/node_modules/');
  if (at !== -1) return base.slice(0, at);
  return base.startsWith('node_modules/') ? '' : base.slice(0, Math.max(base.lastIndexOf('/'), 0));
}
