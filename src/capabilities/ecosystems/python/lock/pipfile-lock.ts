import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { isPythonName, normaliseName } from '../requirement.ts';
import { findPinned } from '../specifier.ts';
import { readMember, takeObject, takeObjects, takeText, takeTexts } from '../values.ts';
import {
  type LockedPackage,
  type LockedSource,
  listFlaws,
  locatePath,
  NO_PACKAGES,
  type PythonLock,
  quoteName,
} from './python-lock.ts';

const REWRITE = 'Write the lock again: pipenv lock.';

/** Pipfile.lock of version 6: `default`, `develop` and other categories of the Pipfile. */
export function readPipfileLock(file: string, bytes: Uint8Array): Result<PythonLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const document = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!document.ok) return document;
  const { value } = document;
  // mutant pipfile-lock-of-another-version by python-locks: condition -> false
  if (!isJsonObject(value) || readMember(value, '_meta', 'pipfile-spec') !== 6)
    return fail('UNSUPPORTED', 'it is no Pipfile.lock of version 6', REWRITE);
  const lines = listMemberLines(text.value);
  const indexes = readIndexes(value);
  const isListed = Object.keys(value).some((category) => category !== '_meta');
  // mutant pipfile-lock-without-packages by python-locks: condition -> true
  const flaws: string[] = isListed ? [] : [NO_PACKAGES];
  const byKey = new Map<string, LockedPackage>();
  for (const [category, members] of Object.entries(value)) {
    if (category === '_meta') continue;
    for (const [name, fields] of Object.entries(takeObject(members))) {
      const source = readSource(file, takeObject(fields), indexes);
      const read = readPackage(name, takeObject(fields), { source, line: lines.get(name) ?? 1 });
      if (typeof read === 'string') flaws.push(read);
      else {
        const development = category === 'develop' && byKey.get(read.key)?.development !== false;
        byKey.set(read.key, { ...read, development });
      }
    }
  }
  const problems = listFlaws(file, flaws, REWRITE);
  const packages = [...byKey.values()];
  return ok({ file, tool: 'pipenv', packages, direct: null, isWhole: true, problems });
}

/** The first line with each name of an object. */
function listMemberLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const [at, line] of text.split('\n').entries()) {
    const name = /^\s*"([^"\\]+)"\s*:\s*\{/.exec(line)?.[1];
    if (name !== undefined && !lines.has(name)) lines.set(name, at + 1);
  }
  return lines;
}

interface Indexes {
  readonly byName: ReadonlyMap<string, string>;
  /** What counts for a package that names none: null where there are several. */
  readonly only: string | null;
}

function readIndexes(document: JsonObject): Indexes {
  const sources = takeObjects(readMember(document, '_meta', 'sources')).flatMap(
    ({ name, url }): readonly (readonly [string, string])[] => {
      const [named, address] = [takeText(name), takeText(url)];
      return named === null || address === null ? [] : [[named, address]];
    },
  );
  return {
    byName: new Map(sources),
    only: sources.length === 1 ? (sources[0]?.[1] ?? null) : null,
  };
}

function readPackage(
  name: string,
  fields: JsonObject,
  { source, line }: { readonly source: LockedSource; readonly line: number },
): LockedPackage | string {
  if (!isPythonName(name)) return `a package has no usable name (line ${line})`;
  const version = findPinned(takeText(fields['version']) ?? '');
  if (version === null && source.kind === 'index') return `${quoteName(name)} has no version`;
  return {
    key: `${normaliseName(name)} ${version ?? ''} ${JSON.stringify(source)}`,
    name: normaliseName(name),
    version,
    source,
    hashes: takeTexts(fields['hashes']),
    needs: [],
    development: false,
    line,
  };
}

function readSource(file: string, fields: JsonObject, { byName, only }: Indexes): LockedSource {
  const git = takeText(fields['git']);
  if (git !== null) {
    const ref = takeText(fields['ref']) ?? '';
    return { kind: 'git', url: git, commit: /^[0-9a-f]{40,64}$/.test(ref) ? ref : null };
  }
  const url = takeText(fields['file']);
  if (url !== null && /^https?:/i.test(url)) return { kind: 'archive', url };
  const path = takeText(fields['path']) ?? url;
  if (path !== null) {
    const kind = /\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)$/i.test(path) ? 'file' : 'folder';
    return { kind, path: locatePath(file, path) };
  }
  const index = takeText(fields['index']);
  return { kind: 'index', url: index === null ? only : (byName.get(index) ?? null) };
}
