import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { isPythonName, normaliseName } from '../requirement.ts';
import {
  listTableLines,
  readMember,
  readToml,
  takeObject,
  takeObjects,
  takeText,
} from '../values.ts';
import { findReached } from './groups.ts';
import {
  isOwnPart,
  type LockedPackage,
  type LockedSource,
  listFlaws,
  locatePath,
  type PythonLock,
  quoteName,
} from './python-lock.ts';

const REWRITE = 'Write the lock again: uv lock.';

/** One table, before the names in it are looked up. */
interface UvPackage extends LockedPackage {
  readonly fields: JsonObject;
}

/** uv.lock, version 1 (docs.astral.sh/uv, "The uv lockfile"; all revisions). */
export function readUvLock(file: string, bytes: Uint8Array): Result<PythonLock> {
  const document = readToml(bytes, LIMITS.fileBytesMax);
  if (!document.ok) return document;
  const { members, text } = document.value;
  // mutant uv-lock-of-another-version by python-locks: condition -> false
  if (members['version'] !== 1)
    return fail('UNSUPPORTED', 'it is no uv.lock of version 1', REWRITE);
  const lines = listTableLines(text, 'package');
  const flaws: string[] = [];
  const found: UvPackage[] = [];
  for (const [at, fields] of takeObjects(members['package']).entries()) {
    const read = readPackage(file, fields, lines[at] ?? 1);
    if (typeof read === 'string') flaws.push(read);
    else found.push(read);
  }
  const byName = Map.groupBy(found, ({ name }) => name);
  const find = (needed: JsonObject): readonly string[] =>
    selectNeeded(byName.get(normaliseName(takeText(needed['name']) ?? '')) ?? [], needed).map(
      ({ key }) => key,
    );
  const links = new Map(found.map((one) => [one.key, listLinks(one.fields, find)] as const));
  const own = found.filter(isOwnPart);
  const shipped = findReached(
    own.flatMap(({ key }) => links.get(key)?.shipped ?? []),
    (key) => links.get(key)?.shipped ?? [],
  );
  const forDevelopment = findReached(
    own.flatMap(({ key }) => links.get(key)?.development ?? []),
    (key) => links.get(key)?.shipped ?? [],
  );
  const packages = found.map(
    ({ fields: _, ...one }): LockedPackage => ({
      ...one,
      needs: links.get(one.key)?.shipped ?? [],
      development: forDevelopment.has(one.key) && !shipped.has(one.key),
    }),
  );
  const direct = own.flatMap(({ key }) => [
    ...(links.get(key)?.shipped ?? []),
    ...(links.get(key)?.development ?? []),
  ]);
  // mutant uv-lock-without-a-need by empty-locks: remove
  for (const one of found) flaws.push(...findLacking(one, find));
  const problems = listFlaws(file, flaws, REWRITE);
  return ok({
    file,
    tool: 'uv',
    packages,
    direct: own.length === 0 ? null : [...new Set(direct)],
    isWhole: true,
    problems,
  });
}

function readPackage(file: string, fields: JsonObject, line: number): UvPackage | string {
  const name = takeText(fields['name']);
  const version = takeText(fields['version']);
  if (name === null || !isPythonName(name)) return `a package has no usable name (line ${line})`;
  const source = readSource(file, takeObject(fields['source']));
  if (source === null) return `${quoteName(name)} has no source that is known here`;
  const archives = [fields['sdist'], ...takeObjects(fields['wheels'])].filter(
    (one) => one !== undefined,
  );
  const hashes = archives.flatMap((one) => takeText(takeObject(one)['hash']) ?? []);
  const key = `${normaliseName(name)} ${version ?? ''} ${JSON.stringify(fields['source'])}`;
  return {
    key,
    name: normaliseName(name),
    version,
    source,
    hashes,
    needs: [],
    development: false,
    line,
    fields,
  };
}

function readSource(file: string, source: JsonObject): LockedSource | null {
  const index = takeText(source['registry']);
  // A folder of archives can be an index: `--find-links`.
  if (index !== null) return { kind: 'index', url: /^[a-z]+:/i.test(index) ? index : null };
  const git = takeText(source['git']);
  if (git !== null) {
    const commit = /#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(git)?.[1] ?? null;
    return { kind: 'git', url: git.split(/[?#]/, 1)[0] ?? git, commit };
  }
  const url = takeText(source['url']);
  if (url !== null) return { kind: 'archive', url };
  const archive = takeText(source['path']);
  if (archive !== null) return { kind: 'file', path: locatePath(file, archive) };
  for (const word of ['editable', 'virtual', 'directory']) {
    const folder = takeText(readMember(source, word));
    if (folder !== null) return { kind: 'folder', path: locatePath(file, folder) };
  }
  return null;
}

/** A name that is locked more than once says its version, and its source where that is needed. */
function selectNeeded(candidates: readonly UvPackage[], needed: JsonObject): readonly UvPackage[] {
  const version = takeText(needed['version']);
  const source = needed['source'];
  return candidates.filter(
    ({ fields }) =>
      (version === null || fields['version'] === version) &&
      (source === undefined || JSON.stringify(fields['source']) === JSON.stringify(source)),
  );
}

interface UvLinks {
  /** Extras among them: the lock has only those that somebody asks for. */
  readonly shipped: readonly string[];
  readonly development: readonly string[];
}

/** uv writes a table for each package that another one needs. */
function findLacking(
  { name, fields }: UvPackage,
  find: (needed: JsonObject) => readonly string[],
): readonly string[] {
  const lacking = listNeeded(fields).find((needed) => find(needed).length === 0);
  if (lacking === undefined) return [];
  const need = quoteName(takeText(lacking['name']) ?? '');
  return [`${quoteName(name)} needs ${need}, which is not in the lock`];
}

function listNeeded(fields: JsonObject): readonly JsonObject[] {
  return [
    ...takeObjects(fields['dependencies']),
    ...listMembers(fields['optional-dependencies']),
    ...listMembers(fields['dev-dependencies']),
  ];
}

function listMembers(groups: JsonValue | undefined): readonly JsonObject[] {
  return Object.values(takeObject(groups)).flatMap(takeObjects);
}

function listLinks(fields: JsonObject, find: (needed: JsonObject) => readonly string[]): UvLinks {
  const shipped = [
    ...takeObjects(fields['dependencies']),
    ...listMembers(fields['optional-dependencies']),
  ];
  const development = listMembers(fields['dev-dependencies']);
  return {
    shipped: [...new Set(shipped.flatMap(find))],
    development: [...new Set(development.flatMap(find))],
  };
}
