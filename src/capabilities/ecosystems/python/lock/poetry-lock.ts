import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { isPythonName, normaliseName } from '../requirement.ts';
import {
  listTableLines,
  readMember,
  readToml,
  takeList,
  takeObject,
  takeObjects,
  takeText,
  takeTexts,
} from '../values.ts';
import {
  type LockedPackage,
  type LockedSource,
  listFlaws,
  locatePath,
  NO_PACKAGES,
  type PythonLock,
  quoteName,
} from './python-lock.ts';

const REWRITE = 'Write the lock again: poetry lock.';

/** poetry.lock of Poetry 1 and 2 (lock versions 1.x and 2.x). */
export function readPoetryLock(file: string, bytes: Uint8Array): Result<PythonLock> {
  const document = readToml(bytes, LIMITS.fileBytesMax);
  if (!document.ok) return document;
  const { members, text } = document.value;
  const version = takeText(readMember(members, 'metadata', 'lock-version')) ?? '1.0';
  // mutant poetry-lock-of-another-version by python-locks: condition -> false
  if (!/^[12]\./.test(version) || (members['metadata'] ?? members['package']) === undefined)
    return fail('UNSUPPORTED', 'it is no poetry.lock of version 1 or 2', REWRITE);
  const lines = listTableLines(text, 'package');
  const tables = takeObjects(members['package']);
  const hashes = readSharedHashes(takeObject(members['metadata']));
  // mutant poetry-lock-without-packages by python-locks: condition -> true
  const flaws: string[] = Array.isArray(members['package']) ? [] : [NO_PACKAGES];
  const found: (LockedPackage & { readonly wanted: readonly string[] })[] = [];
  for (const [at, fields] of tables.entries()) {
    const read = readPackage(file, fields, { line: lines[at] ?? 1, hashes });
    if (typeof read === 'string') flaws.push(read);
    else found.push(read);
  }
  const byName = Map.groupBy(found, ({ name }) => name);
  const packages = found.map(({ wanted, ...one }): LockedPackage => {
    const keys = wanted.flatMap((name) => (byName.get(name) ?? []).map(({ key }) => key));
    return { ...one, needs: [...new Set(keys)] };
  });
  const problems = listFlaws(file, flaws, REWRITE);
  return ok({ file, tool: 'poetry', packages, direct: null, isWhole: true, problems });
}

interface TablePlace {
  readonly line: number;
  readonly hashes: ReadonlyMap<string, readonly string[]>;
}

function readPackage(
  file: string,
  fields: JsonObject,
  { line, hashes }: TablePlace,
): (LockedPackage & { readonly wanted: readonly string[] }) | string {
  const name = takeText(fields['name']);
  if (name === null || !isPythonName(name)) return `a package has no usable name (line ${line})`;
  const version = takeText(fields['version']);
  if (version === null) return `${quoteName(name)} has no version`;
  const source = readSource(file, takeObject(fields['source']));
  if (source === null) return `${quoteName(name)} has no source that is known here`;
  const own = takeObjects(fields['files']).flatMap(({ hash }) => takeText(hash) ?? []);
  const normal = normaliseName(name);
  return {
    key: `${normal} ${version} ${JSON.stringify(source)}`,
    name: normal,
    version,
    source,
    hashes: own.length > 0 ? own : (hashes.get(normal) ?? []),
    needs: [],
    wanted: Object.keys(takeObject(fields['dependencies'])).map(normaliseName),
    development: isForDevelopment(fields),
    line,
  };
}

/** Groups since 2.1, a category before 2.0; version 2.0 says neither. */
function isForDevelopment(fields: JsonObject): boolean {
  if (fields['category'] === 'dev') return true;
  const groups = takeTexts(fields['groups']);
  return groups.length > 0 && !groups.includes('main');
}

/** Before 2.0 the archives of all packages were in one table, and at first only their hashes. */
function readSharedHashes(metadata: JsonObject): ReadonlyMap<string, readonly string[]> {
  const shared = new Map<string, readonly string[]>();
  const files = takeObject(getOwn(metadata, 'files') ?? getOwn(metadata, 'hashes'));
  for (const [name, list] of Object.entries(files))
    shared.set(normaliseName(name), takeList(list).flatMap(readHash));
  return shared;
}

function readHash(value: JsonValue): readonly string[] {
  if (isJsonObject(value)) return takeText(value['hash']) === null ? [] : [String(value['hash'])];
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? [`sha256:${value}`] : [];
}

function readSource(file: string, source: JsonObject): LockedSource | null {
  const type = takeText(source['type']);
  const url = takeText(source['url']);
  if (type === null && url === null) return { kind: 'index', url: null };
  if (url === null) return null;
  if (type === 'git') {
    const commit = takeText(source['resolved_reference']) ?? takeText(source['reference']);
    return { kind: 'git', url, commit: /^[0-9a-f]{40,64}$/.test(commit ?? '') ? commit : null };
  }
  if (type === 'url') return { kind: 'archive', url };
  if (type === 'directory') return { kind: 'folder', path: locatePath(file, url) };
  if (type === 'file') return { kind: 'file', path: locatePath(file, url) };
  return type === 'legacy' || type === 'pypi' || type === null ? { kind: 'index', url } : null;
}
