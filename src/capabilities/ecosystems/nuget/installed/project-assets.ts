import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import {
  createNugetDraft,
  foldNugetName,
  formatKey,
  isNugetName,
  quoteName,
  skipMalformed,
} from '../nuget-draft.ts';
import { normaliseVersion } from '../version-order.ts';
import { parseRange } from '../version-range.ts';
import { isBuildOutput } from './build-output.ts';

/** What a restore found for one project. */
export interface ProjectAssets {
  readonly file: string;
  readonly targets: readonly JsonObject[];
  readonly libraries: JsonObject;
  /** What the project asks for, by folded name. */
  readonly wanted: ReadonlyMap<string, { readonly range: string; readonly isPrivate: boolean }>;
  /** The file name of the project; null where it is not said. */
  readonly project: string | null;
  /** The first error of the restore. */
  readonly error: string | null;
}

const RESTORE = 'Restore the project again: dotnet restore.';

/** obj/project.assets.json (NuGet.ProjectModel, `LockFileFormat`), version 2 to 4. */
export function readProjectAssets(file: string, bytes: Uint8Array): Result<ProjectAssets> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, RESTORE);
  const { version, targets, libraries, project } = json.value;
  if (version !== 2 && version !== 3 && version !== 4)
    return fail('UNSUPPORTED', `${file}: its version is not 2, 3 or 4`, RESTORE);
  if (!isJsonObject(targets) || !isJsonObject(libraries))
    return fail('MALFORMED', `${file} has no targets or no libraries`, RESTORE);
  const about = isJsonObject(project) ? project : {};
  const restore = about['restore'];
  const path = isJsonObject(restore) ? restore['projectPath'] : undefined;
  return ok({
    file,
    targets: Object.values(targets).filter(isJsonObject),
    libraries,
    wanted: readWanted(about['frameworks']),
    project: typeof path === 'string' ? path.slice(findLastSlash(path) + 1) : null,
    error: findError(json.value['logs']),
  });
}

function findLastSlash(path: string): number {
  return Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
}

function readWanted(frameworks: JsonValue | undefined): ProjectAssets['wanted'] {
  const wanted = new Map<string, { range: string; isPrivate: boolean }>();
  const all = isJsonObject(frameworks) ? Object.values(frameworks) : [];
  for (const framework of all) {
    const named = isJsonObject(framework) ? framework['dependencies'] : undefined;
    for (const [name, about] of Object.entries(isJsonObject(named) ? named : {})) {
      if (!isJsonObject(about)) continue;
      const range = typeof about['version'] === 'string' ? about['version'] : '';
      const isPrivate = about['suppressParent'] === 'All';
      const known = wanted.get(foldNugetName(name));
      wanted.set(foldNugetName(name), {
        range,
        isPrivate: isPrivate && known?.isPrivate !== false,
      });
    }
  }
  return wanted;
}

function findError(logs: JsonValue | undefined): string | null {
  const all = Array.isArray(logs) ? (logs as readonly JsonValue[]) : [];
  const found = all.find((log) => isJsonObject(log) && log['level'] === 'Error');
  return isJsonObject(found) ? String(found['code'] ?? 'an error').slice(0, 40) : null;
}

/** Every package that a restore found; a lock beside the project counts instead. */
export const projectAssets: Extractor = {
  name: 'nuget-assets',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['project.assets.json'] }),
  extract: ({ path, bytes }): Extraction => {
    const assets = orThrow(readProjectAssets(path, bytes));
    const reader = new AssetsReader(assets);
    const drafts = reader.listDrafts();
    const failed =
      assets.error === null
        ? []
        : [createSkip(path, 'FACT_UNKNOWN', `the restore ended with ${assets.error}`, RESTORE)];
    return {
      drafts,
      skips: [...reader.problems, ...failed],
      direct: reader.listDirect(),
      locks: checkCoverage(assets),
      lockFolder: takeDirectory(takeDirectory(path)),
    };
  },
  isShadowed: isBuildOutput,
};

class AssetsReader {
  readonly problems: ReturnType<typeof skipMalformed>[] = [];
  readonly #assets: ProjectAssets;
  readonly #drafts = new Map<string, Draft>();

  constructor(assets: ProjectAssets) {
    this.#assets = assets;
  }

  listDrafts(): readonly Draft[] {
    for (const target of this.#assets.targets) this.#readTarget(target);
    return [...this.#drafts.values()];
  }

  /** What the project asks for itself, and what the projects that it refers to need. */
  listDirect(): readonly string[] {
    const direct = new Set<string>();
    for (const target of this.#assets.targets) {
      const places = placeNames(target);
      const projects = Object.values(target).filter(isProject);
      for (const name of [...this.#assets.wanted.keys(), ...projects.flatMap(listNeeds)])
        for (const key of this.#resolve(places, [name])) direct.add(key);
    }
    return [...direct];
  }

  #readTarget(target: JsonObject): void {
    const places = placeNames(target);
    const used = findUsed(target, places, this.#assets.wanted);
    for (const [key, entry] of Object.entries(target)) {
      if (!isJsonObject(entry) || isProject(entry)) continue;
      const [name = '', version = ''] = splitKey(key);
      // mutant assets-library-without-version: condition -> false
      if (!isNugetName(name) || version === '') {
        const why = `${quoteName(key)} is no name and version`;
        this.problems.push(skipMalformed(this.#assets.file, why, RESTORE));
        continue;
      }
      const about = getOwn(this.#assets.libraries, key);
      const draft = createNugetDraft({
        name,
        version,
        hash: isJsonObject(about) ? about['sha512'] : undefined,
        location: this.#assets.file,
        needs: this.#resolve(places, listNeeds(entry)),
        development: !used.has(foldNugetName(name)) && !hasFiles(entry),
      });
      const known = this.#drafts.get(draft.key);
      this.#drafts.set(draft.key, {
        ...draft,
        needs: [...new Set([...(known?.needs ?? []), ...draft.needs])],
        development: draft.development && known?.development !== false,
      });
    }
  }

  #resolve(places: ReadonlyMap<string, string>, names: readonly string[]): readonly string[] {
    return names.flatMap((name) => {
      const [found, version] = splitKey(places.get(foldNugetName(name)) ?? '');
      return found === undefined || version === undefined || version === ''
        ? []
        : [formatKey(found, normaliseVersion(version))];
    });
  }
}

function splitKey(key: string): readonly string[] {
  const slash = key.indexOf('/');
  return slash < 1 ? [] : [key.slice(0, slash), key.slice(slash + 1)];
}

/** The key of each package of a target, by folded name. */
function placeNames(target: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(target)
      .filter(([, entry]) => !isProject(entry))
      .map(([key]) => [foldNugetName(splitKey(key)[0] ?? ''), key]),
  );
}

function isProject(entry: JsonValue | undefined): boolean {
  return (
    isJsonObject(entry) && (entry['type'] === 'project' || entry['type'] === 'externalProject')
  );
}

function listNeeds(entry: JsonValue | undefined): readonly string[] {
  const needed = isJsonObject(entry) ? entry['dependencies'] : undefined;
  return isJsonObject(needed) ? Object.keys(needed) : [];
}

/** What is reached from a request that is passed on, or from a project: no tool of the build. */
function findUsed(
  target: JsonObject,
  places: ReadonlyMap<string, string>,
  wanted: ProjectAssets['wanted'],
): ReadonlySet<string> {
  const used = new Set<string>();
  const open = [...wanted].filter(([, { isPrivate }]) => !isPrivate).map(([name]) => name);
  open.push(...Object.values(target).filter(isProject).flatMap(listNeeds).map(foldNugetName));
  while (open.length > 0) {
    const name = open.pop();
    if (name === undefined || used.has(name)) continue;
    used.add(name);
    const entry = getOwn(target, places.get(name) ?? '');
    if (entry !== undefined) open.push(...listNeeds(entry).map(foldNugetName));
  }
  return used;
}

/** Whether it puts files beside the program: a tool of the build brings none. */
function hasFiles(entry: JsonObject): boolean {
  return (['runtime', 'native', 'runtimeTargets', 'resource', 'contentFiles'] as const).some(
    (group) => {
      const files = entry[group];
      return isJsonObject(files) && Object.keys(files).some((path) => !path.endsWith('/_._'));
    },
  );
}

/** A restore is for one project; where that asks for something else since, it is too old. */
function checkCoverage(assets: ProjectAssets): CoverageCheck {
  return ({ path, requests }) => {
    if (assets.project !== null && takeBaseName(path) !== assets.project) return null;
    const stale = requests.find(({ name, spec, kind }) => {
      const found = assets.wanted.get(foldNugetName(name));
      if (found === undefined) return kind === 'required';
      const [asked, had] = [parseRange(spec), parseRange(found.range)];
      if (asked === null || had === null || asked.kind === 'floating') return false;
      return normaliseVersion(asked.lowest ?? '') !== normaliseVersion(had.lowest ?? '');
    });
    if (stale === undefined) return [];
    const why = `it requires ${quoteName(stale.name)}, which ${assets.file} was not restored with`;
    return [createSkip(path, 'FACT_UNKNOWN', why, RESTORE)];
  };
}
