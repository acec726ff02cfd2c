import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { createLineCounter, findMember, listMembers } from '../../../../formats/json/places.ts';
import type { Skip } from '../../component.ts';
import {
  foldNugetName,
  isNugetName,
  isVersionText,
  parseContentHash,
  quoteName,
  skipMalformed,
} from '../nuget-draft.ts';

/** One package of one target of a lock. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** `project` is one of this repository, which has no version here. */
  readonly type: 'direct' | 'transitive' | 'central-transitive' | 'project';
  /** As the project asks for it: `[1.2.3, )`; null where only another package does. */
  readonly requested: string | null;
  /** SHA-512 of the content, in hex; null where the lock has none that is one. */
  readonly hash: string | null;
  /** The names that it needs. */
  readonly needs: readonly string[];
  readonly line: number;
}

/** A framework; on one platform (`net8.0/linux-x64`) it lists only differences. */
export interface LockTarget {
  readonly name: string;
  /** By folded name. */
  readonly packages: ReadonlyMap<string, LockedPackage>;
}

export interface NugetLock {
  readonly file: string;
  readonly targets: readonly LockTarget[];
  readonly problems: readonly Skip[];
}

export const RELOCK = 'Write the lock again: dotnet restore --force-evaluate.';

/**
 * packages.lock.json of version 1 to 3 (NuGet.ProjectModel, `PackagesLockFileFormat`). Version 2 is
 * that of central package management; version 3 has its targets in the root, by their alias.
 */
export function readPackagesLock(file: string, bytes: Uint8Array): Result<NugetLock> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const lock = json.value;
  if (!isJsonObject(lock)) return fail('MALFORMED', `${file} is not an object`, RELOCK);
  const version = lock['version'];
  if (version !== 1 && version !== 2 && version !== 3)
    return fail(
      'UNSUPPORTED',
      `${file}: version ${JSON.stringify(version ?? null).slice(0, 40)} is not 1, 2 or 3`,
      RELOCK,
    );
  const problems: Skip[] = [];
  const read = new TargetReader(file, text.value, problems);
  return ok({ file, targets: read.listTargets(lock, version), problems });
}

class TargetReader {
  readonly #file: string;
  readonly #text: string;
  readonly #toLine: (offset: number) => number;
  readonly #problems: Skip[];

  constructor(file: string, text: string, problems: Skip[]) {
    this.#file = file;
    this.#text = text;
    this.#toLine = createLineCounter(text);
    this.#problems = problems;
  }

  listTargets(lock: JsonObject, version: number): readonly LockTarget[] {
    if (version < 3) {
      const { dependencies } = lock;
      if (!isJsonObject(dependencies)) return this.#refuse('its dependencies are not an object');
      return Object.entries(dependencies).flatMap(([name, listed]) =>
        this.#readTarget(name, listed, ['dependencies', name]),
      );
    }
    return Object.entries(lock).flatMap(([name, target]) => {
      if (name === 'version') return [];
      const listed = isJsonObject(target) ? target['dependencies'] : undefined;
      return this.#readTarget(name, listed, [name, 'dependencies']);
    });
  }

  #readTarget(
    name: string,
    listed: JsonValue | undefined,
    path: readonly string[],
  ): readonly LockTarget[] {
    if (!isJsonObject(listed)) return this.#refuse(`${quoteName(name)} is not an object`);
    const packages = new Map<string, LockedPackage>();
    const start = findMember(this.#text, path)?.valueStart ?? 0;
    for (const { key, keyStart } of listMembers(this.#text, start)) {
      const found = readPackage(key, getOwn(listed, key), this.#toLine(keyStart));
      // mutant nuget-lock-entry-without-version by nuget-inventory: remove
      if (found === null) this.#refuse(`${quoteName(key)} has no usable name or version`);
      else packages.set(foldNugetName(key), found);
    }
    return [{ name, packages }];
  }

  #refuse(why: string): readonly never[] {
    this.#problems.push(skipMalformed(this.#file, why, RELOCK));
    return [];
  }
}

const TYPES: Readonly<Record<string, LockedPackage['type']>> = {
  direct: 'direct',
  transitive: 'transitive',
  centraltransitive: 'central-transitive',
  project: 'project',
};

function readPackage(
  name: string,
  entry: JsonValue | undefined,
  line: number,
): LockedPackage | null {
  if (!isJsonObject(entry)) return null;
  const { resolved, requested } = entry;
  const type = typeof entry['type'] === 'string' ? entry['type'].toLowerCase() : '';
  const kind = getOwn(TYPES, type);
  const needed = entry['dependencies'];
  const needs = isJsonObject(needed) ? Object.keys(needed) : [];
  const hash = parseContentHash(entry['contentHash'])['sha512'] ?? null;
  const asked = typeof requested === 'string' ? requested.slice(0, 256) : null;
  if (kind === 'project')
    return { name, version: '', type: kind, requested: null, hash: null, needs, line };
  if (kind === undefined || !isNugetName(name) || !isVersionText(resolved)) return null;
  return { name, version: resolved, type: kind, requested: asked, hash, needs, line };
}

/** The package of a name in a target; one of a platform also has what its framework lists. */
export function findLocked(
  lock: NugetLock,
  target: LockTarget,
  name: string,
): LockedPackage | null {
  const folded = foldNugetName(name);
  const own = target.packages.get(folded);
  if (own !== undefined) return own;
  const slash = target.name.lastIndexOf('/');
  if (slash === -1) return null;
  const framework = lock.targets.find((one) => one.name === target.name.slice(0, slash));
  return framework?.packages.get(folded) ?? null;
}
