import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { toStrictJson } from '../../../../formats/json/relaxed.ts';
import { isNpmName, isVersionText, parseIntegrity } from '../installed/npm-draft.ts';
import { listEntries } from '../linked/entries.ts';
import {
  createLineFinder,
  createRequestFinder,
  findMissing,
  isPackageJson,
  type LinkedLock,
  type LinkedNeed,
  type LinkedPackage,
  type LinkedProject,
  type LinkedRequest,
  type LinkedState,
  type LinkTarget,
  type LockTool,
  MISSING,
  refuseEntry,
  startLinked,
  writeAgain,
} from '../linked/linked-lock.ts';
import { parseDescriptor } from '../yarn/descriptor.ts';

export const BUN: LockTool = {
  name: 'bun',
  settings: 'bun',
  rewrite: 'bun install --lockfile-only',
};

/** bun.lock, lockfileVersion 0 to 2 (bun.sh/docs/install/lockfile): JSON with trailing commas. */
export function readBunLock(file: string, bytes: Uint8Array): Result<LinkedLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseJson(toStrictJson(text.value), { bytesMax: LIMITS.fileBytesMax });
  if (!parsed.ok) return parsed;
  const lock = parsed.value;
  const version = isJsonObject(lock) ? lock['lockfileVersion'] : undefined;
  if (!isJsonObject(lock) || (version !== 0 && version !== 1 && version !== 2)) {
    const found = JSON.stringify(version ?? null).slice(0, 40);
    return fail('UNSUPPORTED', `lockfileVersion ${found} is not 0, 1 or 2`, writeAgain(BUN));
  }
  const state = startLinked(file, BUN);
  const entries = new Map<string, BunEntry>();
  for (const [key, tuple] of listEntries(lock, 'packages')) {
    const entry = key.length > LIMITS.versionBytesMax ? null : readEntry(tuple);
    if (entry === null) refuseEntry(state, key, 'it is no list that begins with a package');
    else entries.set(key, entry);
  }
  const patched = new Set(listEntries(lock, 'patchedDependencies').map(([key]) => key));
  for (const [key, entry] of entries) addPackage(state, entries, key, entry, patched);
  const projects = readProjects(lock, entries);
  const findRequest = createRequestFinder(projects);
  const overridden = new Set(listEntries(lock, 'overrides').map(([name]) => name));
  return ok({
    ...state,
    problems: [...state.problems, ...findMissing(state)],
    projects,
    knowsDevelopment: true,
    repeatsManifests: true,
    isFor: isPackageJson,
    overridden,
    replaced: [],
    resolve: (folder, name, spec) => {
      const asked = findRequest(folder, name);
      if (asked === undefined) return MISSING;
      // mutant bun-request-of-another-range by bun-lock: operand -> false
      return asked.spec !== spec && !overridden.has(name) ? MISSING : asked.target;
    },
    findLine: createLineFinder(text.value, readEntryKey),
  });
}

interface BunEntry {
  /** Its real name. */
  readonly name: string;
  /** A version, or an address with its protocol. */
  readonly place: string;
  /** A registry that is not the default. */
  readonly registry: string | null;
  readonly meta: JsonObject;
  readonly hashes: Readonly<Record<string, string>>;
}

/** `[NAME@VERSION, REGISTRY, META, INTEGRITY]`; what is from elsewhere has fewer members. */
function readEntry(tuple: JsonValue): BunEntry | null {
  if (!Array.isArray(tuple) || typeof tuple[0] !== 'string') return null;
  const { name, range: place } = parseDescriptor(tuple[0]);
  const [, second] = tuple;
  const last: JsonValue | undefined = tuple.at(-1);
  return {
    name,
    place,
    registry: typeof second === 'string' && second !== '' ? second : null,
    meta: tuple.find(isJsonObject) ?? {},
    hashes: parseIntegrity(last),
  };
}

function addPackage(
  state: LinkedState,
  entries: ReadonlyMap<string, BunEntry>,
  key: string,
  entry: BunEntry,
  patched: ReadonlySet<string>,
): void {
  const { name, place, hashes, meta } = entry;
  if (isProject(place)) return;
  const source = readSource(entry);
  if (!isNpmName(name)) refuseEntry(state, key, 'it has no usable name');
  else if (source === null) refuseEntry(state, key, 'the lock names a place, not a version');
  else if (source.from !== 'folder' && !isVersionText(source.version))
    refuseEntry(state, key, 'it has no version');
  else
    state.packages.set(key, {
      ...{ key, name, hashes, ...source },
      // What another package includes has no archive of its own.
      checksum: meta['bundled'] === true && isHashed(entries.get(cutLast(key))),
      needs: listNeeds(entries, key, meta),
      tool: false,
      patched: patched.has(`${name}@${place}`),
    });
}

function isHashed(entry: BunEntry | undefined): boolean {
  return entry !== undefined && Object.keys(entry.hashes).length > 0;
}

function isProject(place: string): boolean {
  return /^(?:workspace|root):/.test(place);
}

type Source = Pick<LinkedPackage, 'from' | 'resolved' | 'version'>;

/** Null for an archive from an address: only the archive says its version. */
function readSource({ place, registry, name }: BunEntry): Source | null {
  if (/^[0-9]/.test(place))
    return { from: 'registry', resolved: readArchive(registry, name), version: place };
  const [, protocol, path = ''] = /^(file|link):(.*)$/s.exec(place) ?? [];
  if (protocol !== undefined && !/\.(?:tgz|tar\.gz|tar)$/.test(path))
    return { from: 'folder', resolved: path, version: '' };
  const [, commit] = /^(?:git|github|gitlab|bitbucket)\b.*#([0-9a-f]{7,64})$/s.exec(place) ?? [];
  return commit === undefined ? null : { from: 'git', resolved: place, version: commit };
}

/** The archive itself, or the registry that has it. */
function readArchive(registry: string | null, name: string): string | null {
  if (registry === null || /\.tgz$/.test(registry)) return registry;
  return `${registry.endsWith('/') ? registry : `${registry}/`}${name}/-/`;
}

const NEEDS = [
  ['dependencies', false],
  ['optionalDependencies', true],
  ['peerDependencies', true],
] as const;

function listNeeds(
  entries: ReadonlyMap<string, BunEntry>,
  key: string,
  meta: JsonObject,
): readonly LinkedNeed[] {
  return NEEDS.flatMap(([group, optional]) =>
    listEntries(meta, group).flatMap(([name]) => {
      const target = locate(entries, key, name);
      return optional && target === MISSING ? [] : [{ name, target, optional }];
    }),
  );
}

/** `a/b` is `b` for `a` alone; without it, the one further up counts, as in `node_modules`. */
function locate(entries: ReadonlyMap<string, BunEntry>, from: string, name: string): LinkTarget {
  for (let above = from; ; above = cutLast(above)) {
    const key = above === '' ? name : `${above}/${name}`;
    const entry = entries.get(key);
    if (entry !== undefined)
      return isProject(entry.place)
        ? { kind: 'folder', path: entry.place.replace(/^\w+:/, '') }
        : { kind: 'package', key };
    if (above === '') return MISSING;
  }
}

/** Without its last name, which may have a scope. */
function cutLast(key: string): string {
  const parts = key.split('/');
  const count = parts.at(-2)?.startsWith('@') === true ? 2 : 1;
  return parts.slice(0, -count).join('/');
}

const GROUPS = [
  ['dependencies', 'required'],
  ['devDependencies', 'development'],
  ['optionalDependencies', 'optional'],
  ['peerDependencies', 'peer'],
] as const;

function readProjects(
  lock: JsonObject,
  entries: ReadonlyMap<string, BunEntry>,
): ReadonlyMap<string, LinkedProject> {
  const projects = new Map<string, LinkedProject>();
  for (const [folder, fields] of listEntries(lock, 'workspaces')) {
    if (!isJsonObject(fields)) continue;
    const written = fields['name'];
    const name = typeof written === 'string' && isNpmName(written) ? written : null;
    const requests = GROUPS.flatMap(([group, kind]) =>
      listEntries(fields, group).map(
        ([asked, spec]): LinkedRequest => ({
          ...{ name: asked, kind, spec: typeof spec === 'string' ? spec : null },
          target: locate(entries, folder === '' ? '' : (name ?? ''), asked),
        }),
      ),
    );
    projects.set(folder, { folder, name, requests });
  }
  return projects;
}

/** A member of `packages` on a line of its own. */
function readEntryKey(line: string): string | null {
  return /^ {4}"([^"\\]+)": \[/.exec(line)?.[1] ?? null;
}
