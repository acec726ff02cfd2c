import type { JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { isPythonName, normaliseName } from '../requirement.ts';
import { listTableLines, readToml, takeObject, takeObjects, takeText } from '../values.ts';
import {
  type LockedPackage,
  type LockedSource,
  listFlaws,
  locatePath,
  NO_PACKAGES,
  type PythonLock,
  quoteName,
} from './python-lock.ts';

const REWRITE = 'Write the lock again, for example: uv export --format pylock.toml.';

/** `pylock.toml` and `pylock.NAME.toml` (PEP 751), version 1. */
export function readPylock(file: string, bytes: Uint8Array): Result<PythonLock> {
  const document = readToml(bytes, LIMITS.fileBytesMax);
  if (!document.ok) return document;
  const { members, text } = document.value;
  // mutant pylock-of-another-version by python-locks: condition -> false
  if (!/^1(?:\.|$)/.test(takeText(members['lock-version']) ?? ''))
    return fail('UNSUPPORTED', 'it is no pylock.toml of version 1', REWRITE);
  const lines = listTableLines(text, 'packages');
  // PEP 751: `packages` is required, also where it is empty.
  // mutant pylock-without-packages by python-locks: condition -> true
  const flaws: string[] = Array.isArray(members['packages']) ? [] : [NO_PACKAGES];
  const found: (LockedPackage & { readonly fields: JsonObject })[] = [];
  for (const [at, fields] of takeObjects(members['packages']).entries()) {
    const read = readPackage(file, fields, lines[at] ?? 1);
    if (typeof read === 'string') flaws.push(read);
    else found.push(read);
  }
  const byName = Map.groupBy(found, ({ name }) => name);
  const packages = found.map(({ fields, ...one }): LockedPackage => {
    const keys = takeObjects(fields['dependencies']).flatMap(({ name, version }) =>
      (byName.get(normaliseName(takeText(name) ?? '')) ?? [])
        .filter((other) => version === undefined || other.version === version)
        .map(({ key }) => key),
    );
    return { ...one, needs: [...new Set(keys)] };
  });
  const problems = listFlaws(file, flaws, REWRITE);
  return ok({ file, tool: 'pylock', packages, direct: null, isWhole: false, problems });
}

function readPackage(
  file: string,
  fields: JsonObject,
  line: number,
): (LockedPackage & { readonly fields: JsonObject }) | string {
  const name = takeText(fields['name']);
  if (name === null || !isPythonName(name)) return `a package has no usable name (line ${line})`;
  const source = readSource(file, fields);
  if (source === null) return `${quoteName(name)} has no source that is known here`;
  const archives = [
    takeObject(fields['archive']),
    takeObject(fields['sdist']),
    ...takeObjects(fields['wheels']),
  ];
  const version = takeText(fields['version']);
  const normal = normaliseName(name);
  return {
    key: `${normal} ${version ?? ''} ${JSON.stringify(source)}`,
    name: normal,
    version,
    source,
    hashes: archives.flatMap(({ hashes }) =>
      Object.entries(takeObject(hashes)).flatMap(([algorithm, digest]) =>
        typeof digest === 'string' ? [`${algorithm}:${digest}`] : [],
      ),
    ),
    needs: [],
    development: false,
    line,
    fields,
  };
}

function readSource(file: string, fields: JsonObject): LockedSource | null {
  const vcs = takeObject(fields['vcs']);
  const repository = takeText(vcs['url']) ?? takeText(vcs['path']);
  if (repository !== null)
    return { kind: 'git', url: repository, commit: takeText(vcs['commit-id']) };
  const folder = takeText(takeObject(fields['directory'])['path']);
  if (folder !== null) return { kind: 'folder', path: locatePath(file, folder) };
  const archive = takeObject(fields['archive']);
  const url = takeText(archive['url']);
  if (url !== null) return { kind: 'archive', url };
  const path = takeText(archive['path']);
  if (path !== null) return { kind: 'file', path: locatePath(file, path) };
  const hasArchives = fields['sdist'] !== undefined || fields['wheels'] !== undefined;
  return hasArchives ? { kind: 'index', url: takeText(fields['index']) } : null;
}
