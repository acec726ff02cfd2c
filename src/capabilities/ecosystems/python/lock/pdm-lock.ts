import type { JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { isPythonName, normaliseName, parseRequirement } from '../requirement.ts';
import {
  listTableLines,
  readMember,
  readToml,
  takeObjects,
  takeText,
  takeTexts,
} from '../values.ts';
import {
  type LockedPackage,
  type LockedSource,
  listFlaws,
  locatePath,
  type PythonLock,
  quoteName,
} from './python-lock.ts';

const REWRITE = 'Write the lock again: pdm lock.';

type PdmPackage = LockedPackage & {
  readonly wanted: readonly string[];
  readonly groups: readonly string[];
};

/** pdm.lock, lock versions 3 and 4. A package with extras has a table of its own beside it. */
export function readPdmLock(file: string, bytes: Uint8Array): Result<PythonLock> {
  const document = readToml(bytes, LIMITS.fileBytesMax);
  if (!document.ok) return document;
  const { members, text } = document.value;
  const version = takeText(readMember(members, 'metadata', 'lock_version')) ?? '';
  // mutant pdm-lock-of-another-version by python-locks: condition -> false
  if (!/^[34](?:\.|$)/.test(version))
    return fail('UNSUPPORTED', 'it is no pdm.lock of version 3 or 4', REWRITE);
  const lines = listTableLines(text, 'package');
  const flaws: string[] = [];
  const byKey = new Map<string, PdmPackage>();
  for (const [at, fields] of takeObjects(members['package']).entries()) {
    const read = readPackage(file, fields, lines[at] ?? 1);
    if (typeof read === 'string') flaws.push(read);
    else byKey.set(read.key, unite(byKey.get(read.key), read));
  }
  const byName = Map.groupBy(byKey.values(), ({ name }) => name);
  const packages = [...byKey.values()].map(({ wanted, groups: _, ...one }): LockedPackage => {
    const keys = wanted.flatMap((name) => (byName.get(name) ?? []).map(({ key }) => key));
    return { ...one, needs: [...new Set(keys)].filter((key) => key !== one.key) };
  });
  const problems = listFlaws(file, flaws, REWRITE);
  return ok({ file, tool: 'pdm', packages, direct: null, isWhole: true, problems });
}

function unite(known: PdmPackage | undefined, read: PdmPackage): PdmPackage {
  if (known === undefined) return read;
  return {
    ...known,
    wanted: [...known.wanted, ...read.wanted],
    hashes: [...new Set([...known.hashes, ...read.hashes])],
    development: known.development && read.development,
  };
}

function readPackage(file: string, fields: JsonObject, line: number): PdmPackage | string {
  const name = takeText(fields['name']);
  if (name === null || !isPythonName(name)) return `a package has no usable name (line ${line})`;
  const version = takeText(fields['version']);
  if (version === null) return `${quoteName(name)} has no version`;
  const wanted = takeTexts(fields['dependencies']).map(parseRequirement);
  if (wanted.includes(null)) return `${quoteName(name)} requires something that cannot be read`;
  const groups = takeTexts(fields['groups']);
  const source = readSource(file, fields);
  const normal = normaliseName(name);
  return {
    key: `${normal} ${version} ${JSON.stringify(source)}`,
    name: normal,
    version,
    source,
    hashes: takeObjects(fields['files']).flatMap(({ hash }) => takeText(hash) ?? []),
    needs: [],
    wanted: wanted.flatMap((one) => (one === null ? [] : [normaliseName(one.name)])),
    groups,
    // The group that `pdm add -d` writes to; any other one may be an extra, which is shipped.
    development: groups.length > 0 && groups.every((group) => group === 'dev'),
    line,
  };
}

function readSource(file: string, fields: JsonObject): LockedSource {
  const git = takeText(fields['git']);
  if (git !== null) return { kind: 'git', url: git, commit: takeText(fields['revision']) };
  const path = takeText(fields['path']);
  if (path !== null) {
    const kind = /\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)$/i.test(path) ? 'file' : 'folder';
    return { kind, path: locatePath(file, path) };
  }
  const url = takeText(fields['url']);
  return url === null ? { kind: 'index', url: null } : { kind: 'archive', url };
}
