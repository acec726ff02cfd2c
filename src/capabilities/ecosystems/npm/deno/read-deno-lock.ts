import parseRange from 'semver/ranges/valid.js';
import { formatCount } from '../../../../core/count.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { createSkip } from '../../extractor.ts';
import { isNpmName, isVersionText, parseIntegrity } from '../installed/npm-draft.ts';
import { listEntries } from '../linked/entries.ts';
import {
  createLineFinder,
  findMissing,
  type LinkedLock,
  type LinkedNeed,
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
import { type Descriptor, parseDescriptor } from '../yarn/descriptor.ts';

export const DENO: LockTool = { name: 'deno', settings: 'deno', rewrite: 'deno install' };

/**
 * deno.lock, version 2 to 5 (github.com/denoland/deno_lockfile): packages of npm and of JSR.
 * Modules by address have no version, and are named.
 */
export function readDenoLock(file: string, bytes: Uint8Array): Result<LinkedLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const parsed = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!parsed.ok) return parsed;
  const lock = parsed.value;
  const version = isJsonObject(lock) ? lock['version'] : undefined;
  if (!isJsonObject(lock) || typeof version !== 'string' || !/^[2-5]$/.test(version)) {
    const found = JSON.stringify(version ?? null).slice(0, 40);
    return fail('UNSUPPORTED', `version ${found} is not 2, 3, 4 or 5`, writeAgain(DENO));
  }
  const state = startLinked(file, DENO);
  const { packages, specifiers, jsr } = selectParts(lock, version);
  const versions = Map.groupBy(packages.keys(), (key) => parseKey(key).name);
  for (const [key, fields] of packages) addPackage(state, versions, key, fields);
  const findEquivalent = createEquivalentFinder(specifiers);
  const locate = (specifier: string): LinkTarget =>
    locateSpecifier(specifiers.get(specifier) ?? findEquivalent(specifier), specifier);
  const jsrVersions = Map.groupBy(jsr.keys(), (key) => parseKey(key).name);
  const locateAny = (specifier: string): LinkTarget =>
    locateOnly(specifier, specifier.startsWith('jsr:') ? jsrVersions : versions) ??
    locate(specifier);
  for (const [key, fields] of jsr) addJsrPackage(state, key, fields, locateAny);
  refuseModules(state, listEntries(lock, 'remote').length);
  const findLine = createLineFinder(text.value, readEntryKey);
  const projects = new Map(readProjects(specifiers, locate));
  for (const folder of listMembers(lock))
    projects.set(folder, { folder, name: null, requests: [] });
  // Beside deno.json a package.json may be for another package manager.
  const hasPackageJson = JSON.stringify(readObject(lock, 'workspace')).includes('"packageJson"');
  return ok({
    ...state,
    problems: [...state.problems, ...findMissing(state)],
    projects,
    // Nothing is only for development: a lock has what modules import.
    knowsDevelopment: true,
    repeatsManifests: false,
    isFor: (fileName) => fileName !== 'package.json' || hasPackageJson,
    overridden: new Set<string>(),
    replaced: [],
    resolve: (_, name, spec) => locate(toSpecifier(name, spec)),
    findLine: (key) => findLine(key.replace(/^jsr:/, '')),
  });
}

/** As the lock writes what a package.json asks for: `npm:a@^1.0.0`. */
function toSpecifier(name: string, spec: string): string {
  if (/^(?:npm|jsr):/.test(spec)) return spec;
  return `npm:${name}@${spec}`;
}

interface DenoParts {
  readonly packages: ReadonlyMap<string, JsonValue>;
  /** By specifier, the version, or before version 4 the key of a package. */
  readonly specifiers: ReadonlyMap<string, JsonValue>;
  readonly jsr: ReadonlyMap<string, JsonValue>;
}

/** Each version has them in another place. */
function selectParts(lock: JsonObject, version: string): DenoParts {
  const outer = version === '3' ? readObject(lock, 'packages') : lock;
  const inner = version === '2' ? readObject(lock, 'npm') : outer;
  return {
    packages: new Map(listEntries(inner, version === '2' ? 'packages' : 'npm')),
    specifiers: new Map(listEntries(inner, 'specifiers')),
    jsr: new Map(listEntries(outer, 'jsr')),
  };
}

function readObject(fields: JsonObject, name: string): JsonObject {
  const value = getOwn(fields, name);
  return isJsonObject(value) ? value : {};
}

/** `NAME@VERSION`, with the versions of its peers behind `_`. */
function parseKey(key: string): { readonly name: string; readonly version: string } {
  const { name, range } = parseDescriptor(key);
  return { name, version: range.split('_', 1)[0] ?? '' };
}

function addPackage(
  state: LinkedState,
  versions: ReadonlyMap<string, readonly string[]>,
  key: string,
  fields: JsonValue,
): void {
  const { name, version } = parseKey(key);
  if (!isJsonObject(fields)) refuseEntry(state, key, 'its entry is not an object');
  else if (!isNpmName(name)) refuseEntry(state, key, 'it has no usable name');
  else if (!isVersionText(version)) refuseEntry(state, key, 'it has no version');
  else {
    const tarball = fields['tarball'];
    state.packages.set(key, {
      ...{ key, name, version, from: 'registry' as const },
      resolved: typeof tarball === 'string' ? tarball : null,
      hashes: parseIntegrity(fields['integrity']),
      checksum: false,
      needs: [
        ...listNeeds(versions, fields['dependencies'], false),
        ...listNeeds(versions, fields['optionalDependencies'], true),
      ],
      tool: false,
      patched: false,
    });
  }
}

/** Its hash is of the list of its files, which has the hash of each. */
function addJsrPackage(
  state: LinkedState,
  entry: string,
  fields: JsonValue,
  locate: (specifier: string) => LinkTarget,
): void {
  const { name, version } = parseKey(entry);
  const named = isJsonObject(fields) ? fields['dependencies'] : undefined;
  const key = `jsr:${entry}`;
  if (!isJsonObject(fields)) refuseEntry(state, key, 'its entry is not an object');
  else if (!isNpmName(name) || !name.startsWith('@'))
    refuseEntry(state, key, 'it has no usable name');
  else if (!isVersionText(version)) refuseEntry(state, key, 'it has no version');
  else {
    const integrity = fields['integrity'];
    const texts = (Array.isArray(named) ? named : []).filter((one) => typeof one === 'string');
    state.packages.set(key, {
      ...{ key, name, version, from: 'jsr' as const, resolved: null, hashes: {} },
      checksum: typeof integrity === 'string' && /^[0-9a-f]{64}$/.test(integrity),
      needs: texts.map((text) => ({
        name: parseSpecifier(text).name,
        target: locate(text),
        optional: false,
      })),
      ...{ tool: false, patched: false },
    });
  }
}

/** What a specifier without a range stands for: the only package of its name. */
function locateOnly(
  specifier: string,
  versions: ReadonlyMap<string, readonly string[]>,
): LinkTarget | null {
  const { protocol, name, range } = parseSpecifier(specifier);
  const [only, ...more] = versions.get(name) ?? [];
  if (range !== '' || only === undefined || more.length > 0) return null;
  return { kind: 'package', key: protocol === 'jsr' ? `jsr:${only}` : only };
}

/** `["a@1.0.0", "b"]` since version 4, `{ "a": "a@1.0.0" }` before. */
function listNeeds(
  versions: ReadonlyMap<string, readonly string[]>,
  named: JsonValue | undefined,
  optional: boolean,
): readonly LinkedNeed[] {
  const texts = Array.isArray(named) ? named : isJsonObject(named) ? Object.values(named) : [];
  return texts.flatMap((text) => {
    if (typeof text !== 'string') return [];
    // `alias@npm:name@version`
    const key = text.replace(/^@?[^@]*@npm:/, '');
    const { name, range } = parseDescriptor(key);
    const [only, ...more] = versions.get(name) ?? [];
    const found = range === '' ? (more.length === 0 ? only : undefined) : key;
    const target: LinkTarget = found === undefined ? MISSING : { kind: 'package', key: found };
    return [{ name, target, optional }];
  });
}

/** What the lock has and no component stands for. */
function refuseModules({ file, problems }: LinkedState, modules: number): void {
  // mutant deno-modules-by-address by deno-lock: condition -> false
  if (modules > 0)
    problems.push(
      createSkip(
        file,
        'UNSUPPORTED',
        `${formatCount(modules, 'module')} by address: they have no version`,
        'Import packages of npm in place of addresses.',
      ),
    );
}

/** Deno writes a range in a form of its own: `^1` as `1`, and none as `*`. */
function createEquivalentFinder(
  specifiers: ReadonlyMap<string, JsonValue>,
): (specifier: string) => JsonValue | undefined {
  let known: Map<string, JsonValue> | null = null;
  return (specifier) => {
    if (known === null) {
      known = new Map();
      for (const [key, value] of specifiers) known.set(normalizeSpecifier(key), value);
    }
    return known.get(normalizeSpecifier(specifier));
  };
}

function normalizeSpecifier(text: string): string {
  const { protocol, name, range } = parseSpecifier(text);
  return `${protocol}:${name}@${parseRange(range) ?? range}`;
}

/** `npm:a@1`, `jsr:@s/a@1`; before version 3 `a@1`. */
function parseSpecifier(text: string): Descriptor & { readonly protocol: string } {
  const [, protocol = 'npm', rest = ''] = /^(?:(npm|jsr):\/?)?(.*)$/s.exec(text) ?? [];
  return { protocol, ...parseDescriptor(rest) };
}

function locateSpecifier(found: JsonValue | undefined, specifier: string): LinkTarget {
  if (typeof found !== 'string') return MISSING;
  const isOfJsr = specifier.startsWith('jsr:') || found.startsWith('jsr:');
  const { name } = parseSpecifier(specifier);
  const bare = found.replace(/^(?:npm|jsr):/, '');
  const key = bare.includes('@', 1) && parseKey(bare).name === name ? bare : `${name}@${bare}`;
  return { kind: 'package', key: isOfJsr ? `jsr:${key}` : key };
}

/** Each specifier is asked for by a module or a manifest: the lock does not say which. */
function readProjects(
  specifiers: ReadonlyMap<string, JsonValue>,
  locate: (specifier: string) => LinkTarget,
): ReadonlyMap<string, LinkedProject> {
  const requests = [...specifiers.keys()].map((spec): LinkedRequest => {
    const { name } = parseSpecifier(spec);
    return { name, spec, kind: 'required', target: locate(spec) };
  });
  return new Map([['', { folder: '', name: null, requests }]]);
}

/** `"NAME@VERSION": {` on a line of its own. */
function readEntryKey(line: string): string | null {
  const text = line.trim();
  const isEntry = text.startsWith('"') && text.endsWith('": {') && text.includes('@');
  return isEntry ? text.slice(1, -'": {'.length) : null;
}

/** The folders of a workspace, which share the lock. */
function listMembers(lock: JsonObject): readonly string[] {
  return listEntries(readObject(lock, 'workspace'), 'members').map(([folder]) => folder);
}
