import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { readYamlTexts, splitYamlDocuments } from '../../../../formats/yaml/block.ts';
import { findOverridden } from '../declared/overrides.ts';
import { quoteText } from '../declared/quote-text.ts';
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
  type LockTool,
  MISSING,
  refuseEntry,
  startLinked,
} from '../linked/linked-lock.ts';
import { cutPeers, type PathForm, parsePath, resolveReference } from './dependency-path.ts';

export const PNPM: LockTool = {
  name: 'pnpm',
  settings: 'pnpm',
  rewrite: 'pnpm install --lockfile-only',
};

/**
 * pnpm-lock.yaml of lockfileVersion 5, 6 and 9 (github.com/pnpm/spec, lockfile): pnpm 3 and later.
 * Since version 11 a document before it locks pnpm itself and its plug-ins.
 */
export function readPnpmLock(file: string, bytes: Uint8Array): Result<LinkedLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const state = startLinked(file, PNPM);
  const parts: PnpmPart[] = [];
  for (const document of splitYamlDocuments(text.value)) {
    const part = readDocument(state, document);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  const main = parts.filter(({ environment }) => !environment);
  // mutant pnpm-two-projects-in-one-lock by pnpm-lock: condition -> false
  if (main.length > 1) refuseEntry(state, 'lockfileVersion', 'two documents lock dependencies');
  const { projects, overridden, form } = main[0] ?? NO_PART;
  const findRequest = createRequestFinder(projects);
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
      // mutant pnpm-specifier-of-another-manifest by pnpm-lock: operand 2 -> false
      const differs = asked.spec !== null && asked.spec !== spec;
      return differs && !overridden.has(name) ? MISSING : asked.target;
    },
    findLine: createLineFinder(text.value, (line) => readEntryKey(form, line)),
  });
}

interface PnpmPart {
  readonly form: PathForm;
  readonly projects: ReadonlyMap<string, LinkedProject>;
  readonly overridden: ReadonlySet<string>;
  /** It locks what pnpm itself runs with. */
  readonly environment: boolean;
}

const NO_PART: PnpmPart = {
  form: 'at',
  projects: new Map([['', { folder: '', name: null, requests: [] }]]),
  overridden: new Set(),
  environment: false,
};

function readDocument(state: LinkedState, document: string): Result<PnpmPart> {
  const parsed = readYamlTexts(document, { bytesMax: LIMITS.fileBytesMax });
  if (!parsed.ok) return fail('MALFORMED', parsed.failure.message, REWRITE, parsed.failure);
  if (!isJsonObject(parsed.value)) return fail('MALFORMED', 'it is not a map', REWRITE);
  const lock = parsed.value;
  const form = readForm(lock['lockfileVersion']);
  if (form === null) {
    const version = JSON.stringify(lock['lockfileVersion'] ?? null).slice(0, 40);
    return fail('UNSUPPORTED', `lockfileVersion ${version} is not 5, 6 or 9`, REWRITE);
  }
  const projects = readProjects(state, lock, form);
  const environment = [...listEntries(lock, 'importers')].some(([, fields]) => hasTools(fields));
  const snapshots = form === 'at' ? listEntries(lock, 'snapshots') : null;
  const packages = new Map(listEntries(lock, 'packages'));
  for (const [key, fields] of snapshots ?? packages) {
    const own = snapshots === null ? fields : packages.get(cutPeers(key));
    addPackage(state, { key, form, fields: own, links: fields, tool: environment });
  }
  const linked = new Set((snapshots ?? []).map(([key]) => cutPeers(key)));
  for (const [key, fields] of snapshots === null ? [] : packages) {
    if (linked.has(key)) continue;
    // Only `snapshots` says what is installed; the other names what the lock was written for.
    // mutant pnpm-package-without-a-snapshot by pnpm-lock: remove
    refuseEntry(state, key, 'it is in packages and not in snapshots');
    addPackage(state, { key, form, fields, links: {}, tool: environment });
  }
  return ok({ form, projects, overridden: listOverridden(lock), environment });
}

const REWRITE = `Write the lock again: ${PNPM.rewrite}.`;

function readForm(version: JsonValue | undefined): PathForm | null {
  const [, major] = /^(5|6|9)(?:\.[0-9]+)?(?:-inlineSpecifiers)?$/.exec(String(version)) ?? [];
  return major === '5' ? 'slash' : major === '6' ? 'slash-at' : major === '9' ? 'at' : null;
}

const TOOLS = ['configDependencies', 'packageManagerDependencies'];

function hasTools(fields: JsonValue): boolean {
  return isJsonObject(fields) && TOOLS.some((name) => getOwn(fields, name) !== undefined);
}

const GROUPS = [
  ['dependencies', 'required'],
  ['devDependencies', 'development'],
  ['optionalDependencies', 'optional'],
] as const;

function readProjects(
  state: LinkedState,
  lock: JsonObject,
  form: PathForm,
): ReadonlyMap<string, LinkedProject> {
  const importers = getOwn(lock, 'importers');
  const named = isJsonObject(importers) ? Object.entries(importers) : [['.', lock] as const];
  const projects = new Map<string, LinkedProject>();
  for (const [path, fields] of named) {
    const folder = path === '.' ? '' : path;
    if (!isJsonObject(fields)) refuseEntry(state, path, 'its importer is not a map');
    else
      projects.set(folder, {
        folder,
        name: null,
        requests: GROUPS.flatMap(([group, kind]) =>
          listEntries(fields, group).flatMap(([name, value]) => {
            const read = readRequest(fields, form, { folder, name, value, kind });
            if (read === null)
              refuseEntry(state, name, `its place in ${quoteText(path)} is no text`);
            return read ?? [];
          }),
        ),
      });
  }
  return projects;
}

/** `name: 1.0.0` with its specifier beside it, or `name: { specifier, version }`. */
function readRequest(
  importer: JsonObject,
  form: PathForm,
  asked: Pick<LinkedRequest, 'name' | 'kind'> & { folder: string; value: JsonValue },
): LinkedRequest | null {
  const { folder, name, value, kind } = asked;
  const specifiers = getOwn(importer, 'specifiers');
  const beside = isJsonObject(specifiers) ? getOwn(specifiers, name) : undefined;
  const spec = isJsonObject(value) ? getOwn(value, 'specifier') : beside;
  const reference = isJsonObject(value) ? getOwn(value, 'version') : value;
  if (typeof reference !== 'string') return null;
  const found = resolveReference(form, name, reference);
  // A link is from the folder of its manifest.
  const target =
    found.kind === 'folder' ? { ...found, path: joinFolder(folder, found.path) } : found;
  return { name, spec: typeof spec === 'string' ? spec : null, kind, target };
}

function joinFolder(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}

interface PnpmEntry {
  readonly key: string;
  readonly form: PathForm;
  readonly fields: JsonValue | undefined;
  readonly links: JsonValue;
  readonly tool: boolean;
}

function addPackage(state: LinkedState, { key, form, links, tool, ...entry }: PnpmEntry): void {
  // The oldest locks have entries without members.
  if (!isJsonObject(entry.fields) && entry.fields !== '')
    refuseEntry(state, key, 'it has no entry in packages');
  const fields = isJsonObject(entry.fields) ? entry.fields : {};
  const own = isJsonObject(links) ? links : {};
  const resolution = getOwn(fields, 'resolution');
  const place = readResolution(isJsonObject(resolution) ? resolution : {});
  const parsed = parsePath(form, key);
  const name = readText(fields, 'name') ?? parsed?.name ?? readName(form, key);
  const version = readText(fields, 'version') ?? parsed?.version ?? null;
  if (place === 'other')
    refuseEntry(state, key, 'it is a program, which is not listed', 'UNSUPPORTED');
  else if (place.from === 'folder')
    addEntry(state, { ...place, key, name: name ?? key, version: version ?? '' }, own, {
      form,
      tool,
    });
  else if (name === null || !isNpmName(name)) refuseEntry(state, key, 'it has no usable name');
  else if (!isVersionText(version ?? undefined)) refuseEntry(state, key, 'it has no version');
  else addEntry(state, { ...place, key, name, version: version ?? '' }, own, { form, tool });
}

/** The name in a key of version 9 whose version is an address: `a@https://…`. */
function readName(form: PathForm, key: string): string | null {
  const at = form === 'at' ? key.indexOf('@', 1) : -1;
  return at === -1 ? null : key.slice(0, at);
}

type Origin = Pick<LinkedPackage, 'from' | 'resolved' | 'hashes'>;

function addEntry(
  state: LinkedState,
  entry: Origin & Pick<LinkedPackage, 'key' | 'name' | 'version'>,
  links: JsonObject,
  { form, tool }: { readonly form: PathForm; readonly tool: boolean },
): void {
  const needs = [
    ...readNeeds(links, 'dependencies', form),
    ...readNeeds(links, 'optionalDependencies', form),
  ];
  const patched = entry.key.includes('(patch_hash=') || links['patched'] === 'true';
  state.packages.set(entry.key, { ...entry, checksum: false, needs, tool, patched });
}

function readNeeds(links: JsonObject, group: string, form: PathForm): readonly LinkedNeed[] {
  const optional = group === 'optionalDependencies';
  return listEntries(links, group).map(([name, reference]) => ({
    name,
    target: typeof reference === 'string' ? resolveReference(form, name, reference) : MISSING,
    optional,
  }));
}

/** `other` for a runtime such as Node.js, which has an archive for each system. */
function readResolution(resolution: JsonObject): Origin | 'other' {
  const type = readText(resolution, 'type');
  const hashes = parseIntegrity(getOwn(resolution, 'integrity'));
  const tarball = readText(resolution, 'tarball');
  if (type === 'directory')
    return { from: 'folder', resolved: readText(resolution, 'directory'), hashes: {} };
  if (type === 'git') {
    const [repository, commit] = [readText(resolution, 'repo'), readText(resolution, 'commit')];
    return { from: 'git', resolved: `${repository ?? ''}#${commit ?? ''}`, hashes };
  }
  if (type !== null) return 'other';
  const from = tarball === null || isNpmArchive(tarball) ? 'registry' : 'archive';
  return { from, resolved: tarball, hashes };
}

/** The form that registries use: `NAME/-/NAME-VERSION.tgz`. */
function isNpmArchive(address: string): boolean {
  return /^https?:/.test(address) && address.includes('/-/');
}

function readText(fields: JsonObject, name: string): string | null {
  const value = getOwn(fields, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Which names are set by the project, whatever its manifests ask for. */
function listOverridden(lock: JsonObject): ReadonlySet<string> {
  const ignored = getOwn(lock, 'ignoredOptionalDependencies');
  return new Set([
    ...listEntries(lock, 'overrides').map(([selector]) => findOverridden(selector)),
    ...(Array.isArray(ignored) ? ignored.map(String) : []),
  ]);
}

/** A key of `packages` or `snapshots`, with two spaces before it. */
function readEntryKey(form: PathForm, line: string): string | null {
  if (!line.startsWith('  ') || line[2] === ' ' || line[2] === '#') return null;
  const text = line.slice(2).trimEnd();
  const end = text.endsWith(': {}') ? text.length - 4 : text.length - 1;
  if (text[end] !== ':') return null;
  const key = text.slice(0, end);
  const bare = /^'.*'$/.test(key) ? key.slice(1, -1).replaceAll("''", "'") : key;
  return form === 'at' && !bare.includes('@') ? null : bare;
}
