import { posix } from 'node:path';
import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { cutBefore } from '../../../../formats/text/cut.ts';
import { readYamlTexts } from '../../../../formats/yaml/block.ts';
import { isNpmName, isVersionText } from '../installed/npm-draft.ts';
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
  type LockTool,
  refuseEntry,
  startLinked,
  writeAgain,
} from '../linked/linked-lock.ts';
import { normalizeRange, parseDescriptor, parseGitAddress } from './descriptor.ts';
import { DescriptorIndex } from './descriptor-index.ts';

export const BERRY: LockTool = {
  name: 'yarn',
  settings: 'berry',
  rewrite: 'yarn install --mode=update-lockfile',
};

/** The versions of `__metadata` that are known: Yarn 2, 3 and 4. */
const VERSIONS = /^(?:[2-9]|1[0-9])$/;

/** yarn.lock of Yarn 2 and later (yarnpkg.com, "Lexicon"); its checksums are of Yarn's own zip. */
export function readBerryLock(file: string, text: string): Result<LinkedLock> {
  const parsed = readYamlTexts(text, { bytesMax: LIMITS.fileBytesMax });
  const remedy = writeAgain(BERRY);
  if (!parsed.ok) return fail('MALFORMED', parsed.failure.message, remedy, parsed.failure);
  const metadata = isJsonObject(parsed.value) ? getOwn(parsed.value, '__metadata') : undefined;
  const version = isJsonObject(metadata) ? getOwn(metadata, 'version') : undefined;
  if (!isJsonObject(parsed.value) || typeof version !== 'string' || !VERSIONS.test(version))
    return fail('UNSUPPORTED', 'the version of __metadata is not known', remedy);
  const state = startLinked(file, BERRY);
  const index = new DescriptorIndex();
  const entries: BerryEntry[] = [];
  const own = Object.entries(parsed.value).filter(([key]) => key !== '__metadata');
  // Last those that only say how Yarn itself changes another entry.
  const sorted = own.toSorted(
    ([one], [other]) => Number(isBuiltin(one)) - Number(isBuiltin(other)),
  );
  for (const [key, fields] of sorted) {
    if (isBuiltin(key) && addAlias(index, key)) continue;
    const entry = isJsonObject(fields) ? readEntry(key, fields) : null;
    if (entry === null) refuseEntry(state, key, 'it does not say what it is resolved to');
    else if (key.split(/, */).every((one) => index.add(parseDescriptor(one), key, entry.folder)))
      entries.push(entry);
    else refuseEntry(state, key, 'another entry is for the same requirement');
  }
  const projects = new Map<string, LinkedProject>();
  for (const entry of entries) {
    const { key, folder, own } = entry;
    if (entry.isProject) projects.set(folder ?? '', readProject(index, entry));
    else if (own.from === 'folder' || isUsable(own))
      state.packages.set(key, { ...own, needs: readNeeds(index, entry) });
    else refuseEntry(state, key, 'it has no usable name and version');
  }
  const findRequest = createRequestFinder(projects);
  return ok({
    ...state,
    problems: [...state.problems, ...findMissing(state)],
    projects,
    knowsDevelopment: false,
    repeatsManifests: true,
    isFor: isPackageJson,
    overridden: new Set<string>(),
    replaced: index.replaced,
    resolve: (folder, name, spec) => resolveRequest(index, findRequest(folder, name), name, spec),
    findLine: createLineFinder(text, readEntryKey),
  });
}

/** Yarn patches some packages for itself: `a@patch:a@npm%3A^1#optional!builtin<compat/a>`. */
function isBuiltin(key: string): boolean {
  return key.includes('@patch:') && key.includes('builtin<');
}

/** Whether each requirement leads to the entry of the package that is patched. */
function addAlias(index: DescriptorIndex, key: string): boolean {
  return key.split(/, */).every((one) => {
    const asked = parseDescriptor(one);
    const inner = decodeText(cutBefore(asked.range.slice('patch:'.length), '#'));
    const { name, range } = parseDescriptor(inner ?? '');
    const found = index.find(name, range);
    return found.kind === 'package' && index.add(asked, found.key);
  });
}

/** A workspace repeats its manifest; a range of a catalogue is written in place of its name. */
function resolveRequest(
  index: DescriptorIndex,
  asked: LinkedRequest | undefined,
  name: string,
  spec: string,
): ReturnType<DescriptorIndex['find']> {
  // mutant berry-request-of-another-range by yarn-lock: operand 2 -> true
  const isAsked =
    asked?.spec != null && (isSameRange(asked.spec, spec) || spec.startsWith('catalog:'));
  return isAsked ? asked.target : index.find(name, spec);
}

function isSameRange(one: string, other: string): boolean {
  return normalizeRange(one) === normalizeRange(other);
}

function isUsable({ name, version }: Pick<LinkedPackage, 'name' | 'version'>): boolean {
  return isNpmName(name) && isVersionText(version);
}

interface BerryEntry {
  readonly key: string;
  readonly own: LinkedPackage;
  /** Its path from the folder of the lock, where it is a folder. */
  readonly folder: string | null;
  readonly isProject: boolean;
  readonly fields: JsonObject;
}

function readEntry(key: string, fields: JsonObject): BerryEntry | null {
  const [resolution, version] = ['resolution', 'version'].map((name) => getOwn(fields, name));
  // A patch of a patch is read from the outside to the inside.
  // mutant berry-resolution-without-an-end by yarn-lock: operand 2 -> false
  if (typeof resolution !== 'string' || resolution.length > LIMITS.versionBytesMax) return null;
  const { name, range } = parseDescriptor(resolution);
  const source = readSource(range);
  if (source === null) return null;
  const isFolder = source.from === 'folder';
  const own = {
    ...{ key, name, ...source },
    version: typeof version === 'string' ? version : '',
    hashes: {},
    checksum: typeof getOwn(fields, 'checksum') === 'string',
    needs: [],
    tool: false,
    patched: range.startsWith('patch:') && !/builtin</.test(range),
  };
  const path = isFolder ? (source.resolved ?? '') : null;
  return { key, own, folder: path, isProject: range.startsWith('workspace:'), fields };
}

/** What a resolution says of the source; null for one that a program makes. */
function readSource(range: string): Pick<LinkedPackage, 'from' | 'resolved'> | null {
  const [bare = '', binding = ''] = range.split('::', 2);
  const [, protocol = ''] = /^([a-z]+):/.exec(bare) ?? [];
  const rest = bare.slice(protocol.length + 1);
  if (protocol === 'npm') return { from: 'registry', resolved: readArchive(binding) };
  if (protocol === 'workspace') return { from: 'folder', resolved: rest === '.' ? '' : rest };
  if (protocol === 'portal' || protocol === 'link' || protocol === 'file') {
    const path = joinBinding(binding, cutBefore(rest, '#'));
    const isArchive = protocol === 'file' && /\.(?:tgz|tar\.gz)$/.test(rest);
    return path === null ? null : { from: isArchive ? 'archive' : 'folder', resolved: path };
  }
  if (protocol === 'patch') return readPatched(rest);
  if (protocol === 'exec' || protocol === 'virtual') return null;
  const commit = parseGitAddress(bare);
  if (commit !== null) return { from: 'git', resolved: commit };
  return /^https?:/.test(bare) ? { from: 'archive', resolved: bare } : null;
}

/** `__archiveUrl=https%3A%2F%2F…`: where the archive is, if not where a registry usually has it. */
function readArchive(binding: string): string | null {
  const [, written] = /(?:^|&)__archiveUrl=([^&]*)/.exec(binding) ?? [];
  return written === undefined ? null : decodeText(written);
}

/** A path is from the folder of the workspace that `locator` names; null for another one. */
function joinBinding(binding: string, path: string): string | null {
  const [, written = ''] = /(?:^|&)locator=([^&]*)/.exec(binding) ?? [];
  const [, folder] = /@workspace:(.*)$/s.exec(decodeText(written) ?? '') ?? [];
  return folder === undefined ? null : posix.join(folder, path);
}

/** `NAME@npm%3A1.0.0#PATCH`: the package that is patched. */
function readPatched(rest: string): Pick<LinkedPackage, 'from' | 'resolved'> | null {
  const inner = decodeText(cutBefore(rest, '#'));
  return inner === null ? null : readSource(parseDescriptor(inner).range);
}

function decodeText(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function readProject(index: DescriptorIndex, entry: BerryEntry): LinkedProject {
  const { folder, own } = entry;
  const requests = listRanges(entry).map(([name, spec]) => ({
    ...{ name, spec, kind: 'required' as const },
    target: index.findNeed(own.key, name, spec),
  }));
  return { folder: folder ?? '', name: own.name, requests };
}

function readNeeds(index: DescriptorIndex, entry: BerryEntry): readonly LinkedNeed[] {
  const meta = getOwn(entry.fields, 'dependenciesMeta');
  const needs = listRanges(entry).map(([name, range]) => {
    const own = isJsonObject(meta) ? getOwn(meta, name) : undefined;
    const optional = isJsonObject(own) && own['optional'] === 'true';
    return { name, target: index.findNeed(entry.key, name, range), optional };
  });
  const source = entry.own.patched ? findPatched(index, entry) : null;
  return source === null ? needs : [...needs, source];
}

/** The package that a patch changes has an entry of its own, which nothing else may ask for. */
function findPatched(index: DescriptorIndex, { key }: BerryEntry): LinkedNeed | null {
  const [first = ''] = key.split(/, */, 1);
  const { range } = parseDescriptor(first);
  const inner = range.startsWith('patch:')
    ? decodeText(cutBefore(range.slice('patch:'.length), '#'))
    : null;
  const asked = parseDescriptor(inner ?? '');
  const target = index.find(asked.name, asked.range);
  return target.kind === 'package' ? { name: asked.name, target, optional: true } : null;
}

function listRanges({ fields }: BerryEntry): readonly (readonly [string, string])[] {
  const named = getOwn(fields, 'dependencies');
  if (!isJsonObject(named)) return [];
  return Object.entries(named).map(([name, range]) => [name, String(range)]);
}

function readEntryKey(line: string): string | null {
  if (line === '' || line.startsWith(' ') || line.startsWith('#')) return null;
  const text = line.trimEnd();
  if (!text.endsWith(':')) return null;
  const key = text.slice(0, -1);
  return key.startsWith('"') && key.endsWith('"') ? key.slice(1, -1) : key;
}
