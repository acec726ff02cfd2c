import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { trimCharacters } from '../../../formats/text/cut.ts';
import { parseToml } from '../../../formats/toml/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { createSkip } from '../extractor.ts';
import { type ManifestContent, type ManifestRequest, quoteName } from '../locked/locked-package.ts';
import { FOLDER_SPEC, GIT_SPEC, INHERITED_SPEC } from './cargo-agreement.ts';

const CORRECT = 'Correct the manifest: cargo metadata says what is wrong.';

/** Tables of dependencies; Cargo still takes the names with an underscore. */
const GROUPS = [
  ...['dependencies', 'build-dependencies', 'build_dependencies'],
  ...['dev-dependencies', 'dev_dependencies'],
];

interface ManifestReading {
  readonly file: string;
  readonly findLine: (table: string, key: string) => number;
  readonly requests: ManifestRequest[];
  readonly problems: Skip[];
}

/** Cargo.toml: what a crate requires, also for some platforms or features only. */
export function readCargoManifest(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const toml = parseToml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!toml.ok) return toml;
  if (!isJsonObject(toml.value)) return fail('MALFORMED', `${file} is not a table`, CORRECT);
  const root = toml.value;
  const [requests, problems]: [ManifestRequest[], Skip[]] = [[], []];
  const findLine = createKeyFinder(text.value);
  const reading: ManifestReading = { file, findLine, requests, problems };
  readGroups(reading, root, '');
  const targets = root['target'];
  if (isJsonObject(targets))
    for (const [name, target] of Object.entries(targets))
      if (isJsonObject(target)) readGroups(reading, target, name);
  readSharedFolders(reading, root);
  const named = isJsonObject(root['package']) ? root['package'] : root['project'];
  const name = isJsonObject(named) ? named['name'] : null;
  return ok({
    ...{ requests, problems, members: listMembers(root) },
    name: typeof name === 'string' ? name : null,
  });
}

function listMembers(root: JsonObject): readonly string[] {
  const members = isJsonObject(root['workspace']) ? root['workspace']['members'] : [];
  const listed = Array.isArray(members) ? (members as readonly JsonValue[]) : [];
  return listed.filter((member) => typeof member === 'string');
}

function readGroups(reading: ManifestReading, holder: JsonObject, target: string): void {
  for (const group of GROUPS) {
    const table = getOwn(holder, group);
    if (table === undefined) continue;
    if (!isJsonObject(table)) {
      refuse(reading, `its ${group} are not a table`);
      continue;
    }
    for (const [key, value] of Object.entries(table)) {
      const line = reading.findLine(target === '' ? group : `${target} ${group}`, key);
      const request = readRequest(key, value);
      if (request === null) refuse(reading, `${quoteName(key)} is no dependency that Cargo takes`);
      else reading.requests.push({ ...request, line, development: group.startsWith('dev') });
    }
  }
}

/**
 * Folders that the workspace names for its members, or puts in the place of other crates: they need
 * not be in use.
 */
function readSharedFolders(reading: ManifestReading, root: JsonObject): void {
  const workspace = isJsonObject(root['workspace']) ? root['workspace']['dependencies'] : null;
  const patches = isJsonObject(root['patch']) ? Object.values(root['patch']) : [];
  for (const table of [workspace, ...patches, root['replace'] ?? null])
    for (const [key, value] of isJsonObject(table ?? undefined)
      ? Object.entries(table as JsonObject)
      : []) {
      const request = readRequest(key, value);
      if (request?.folder == null) continue;
      const line = reading.findLine('', key);
      reading.requests.push({ ...request, kind: 'optional', line, development: false });
    }
}

/** `"1.2"`, or a table with version, repository, folder, registry, or terms of the workspace. */
function readRequest(
  key: string,
  value: JsonValue | undefined,
): Omit<ManifestRequest, 'line' | 'development'> | null {
  if (typeof value === 'string')
    return { name: key, spec: value, kind: 'required', written: null, folder: null };
  if (!isJsonObject(value)) return null;
  const read = (member: string): string | null | undefined => {
    const text = getOwn(value, member);
    return text === undefined ? null : typeof text === 'string' ? text : undefined;
  };
  const [name, version, path, git] = ['package', 'version', 'path', 'git'].map(read);
  const index = read('registry-index');
  if ([name, version, path, git, index].includes(undefined)) return null;
  const base = { name: name ?? key, kind: 'required' as const, written: null, folder: null };
  if (typeof path === 'string') return { ...base, spec: FOLDER_SPEC + path, folder: path };
  if (typeof git === 'string') {
    const refs = ['branch', 'tag', 'rev'].flatMap((kind) => {
      const ref = read(kind);
      return typeof ref === 'string' ? [` ${kind} ${ref}`] : [];
    });
    const written = parseRegistry(git)?.replace(/\.git$/, '') ?? null;
    return { ...base, spec: GIT_SPEC + git + refs.join(''), written };
  }
  const written = index == null ? null : parseRegistry(index.replace(/^(?:sparse|registry)\+/, ''));
  const registryName = read('registry');
  const named = typeof registryName === 'string' ? { registryName } : {};
  if (typeof version === 'string') return { ...base, ...named, spec: version, written };
  return { ...base, spec: value['workspace'] === true ? INHERITED_SPEC : '*', written };
}

function refuse({ file, problems }: ManifestReading, why: string): void {
  problems.push(createSkip(file, 'MALFORMED', why, CORRECT));
}

const HEADER = /^\s*\[([^[\]]{1,500})\]/;

/**
 * The line of a key, by the last words of its table, as people write them: `dep = …` below
 * `[dependencies]`, or `[dependencies.dep]`. 1 where it is written in another way.
 */
export function createKeyFinder(text: string): (table: string, key: string) => number {
  const places = new Map<string, number>();
  let table = '';
  for (const [at, line] of text.split('\n').entries()) {
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) table = readHeader(header);
    const key = header === undefined ? readKey(line) : null;
    const place = key === null ? table : `${table} ${key}`;
    if (place !== '' && !places.has(place)) places.set(place, at + 1);
  }
  return (wanted, key) => {
    const group = wanted.slice(wanted.lastIndexOf(' ') + 1);
    return (
      places.get(`${wanted} ${key}`) ??
      places.get(`${group} ${key}`) ??
      places.get(key) ??
      places.get(` ${key}`) ??
      1
    );
  };
}

/** `target.'cfg(unix)'.dependencies` gives `cfg(unix) dependencies`. */
function readHeader(header: string): string {
  const [, target, rest] =
    /^target\s{0,20}\.\s{0,20}("[^"]*"|'[^']*'|[\w-]+)\s{0,20}\.(.*)$/.exec(header.trim()) ?? [];
  const tail = (rest ?? header).split('.').map((part) => trimCharacters(part, ' \t"\''));
  return [...(target === undefined ? [] : [trimCharacters(target, '"\'')]), ...tail].join(' ');
}

function readKey(line: string): string | null {
  const equals = line.indexOf('=');
  if (equals === -1) return null;
  const [key = ''] = line.slice(0, equals).split('.');
  return /^\s*#/.test(line) ? null : trimCharacters(key, ' \t"\'');
}
