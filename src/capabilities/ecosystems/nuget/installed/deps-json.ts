import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import type { Skip } from '../../component.ts';
import {
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
  isNugetName,
  isVersionText,
  quoteName,
  skipMalformed,
} from '../nuget-draft.ts';
import { isBuildOutput } from './build-output.ts';
import { listAssets, listHostFiles } from './published-files.ts';

/** One library of an application as it was published. */
export interface Library {
  readonly name: string;
  readonly version: string;
  /** `package`, `runtimepack`, `project`, `reference` …; in lower case. */
  readonly type: string;
  readonly hash: JsonValue | undefined;
  /** What the target lists for it: assets and dependencies; null where the target lacks it. */
  readonly entry: JsonObject | null;
}

export interface DepsFile {
  readonly file: string;
  /** By folded name. */
  readonly libraries: ReadonlyMap<string, Library>;
  readonly problems: readonly Skip[];
}

const AGAIN = 'Publish the application again: dotnet publish.';

/** A library of the runtime has this before the id of its package. */
const RUNTIME_PACK = 'runtimepack.';

/** The packages of the runtime itself; the manifest of each names this licence. */
const RUNTIME = /^Microsoft\.(?:NETCore|AspNetCore)\.App\.Runtime\./i;

/** `NAME.deps.json`: what the host of .NET loads (dotnet/runtime, corehost). */
export function readDepsJson(file: string, bytes: Uint8Array): Result<DepsFile> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, AGAIN);
  const named = json.value['libraries'];
  if (!isJsonObject(named)) return fail('MALFORMED', `${file} has no libraries`, AGAIN);
  const target = findTarget(json.value);
  const libraries = new Map<string, Library>();
  const problems: Skip[] = [];
  for (const [key, value] of Object.entries(named)) {
    const found = readLibrary(key, value, target);
    // mutant deps-json-library-without-version: remove
    if (found === null)
      problems.push(skipMalformed(file, `${quoteName(key)} is no name and version`, AGAIN));
    else libraries.set(foldNugetName(found.name), found);
  }
  return ok({ file, libraries, problems });
}

/** The part for the framework and platform that the application was made for. */
function findTarget(content: JsonObject): JsonObject {
  const { runtimeTarget, targets } = content;
  if (!isJsonObject(targets)) return {};
  const name = isJsonObject(runtimeTarget) ? runtimeTarget['name'] : runtimeTarget;
  const named = typeof name === 'string' ? getOwn(targets, name) : undefined;
  const found = named ?? Object.values(targets).at(-1);
  return isJsonObject(found) ? found : {};
}

function readLibrary(
  key: string,
  value: JsonValue | undefined,
  target: JsonObject,
): Library | null {
  const slash = key.indexOf('/');
  const version = key.slice(slash + 1);
  if (slash < 1 || !isJsonObject(value) || !isVersionText(version)) return null;
  const type = typeof value['type'] === 'string' ? value['type'].toLowerCase() : '';
  const entry = getOwn(target, key);
  const isPack = type === 'runtimepack' && key.startsWith(RUNTIME_PACK);
  return {
    name: key.slice(isPack ? RUNTIME_PACK.length : 0, slash),
    version,
    type,
    hash: value['sha512'],
    entry: isJsonObject(entry) ? entry : null,
  };
}

/** Packages of an application or of the runtime, by the file that its build wrote. */
export const depsJson: Extractor = {
  name: 'nuget-deps',
  database: true,
  reads: ['source-tree', 'root-file-system'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ endings: ['.deps.json'], where: /[^/]\.deps\.json$/ }),
  extract: ({ path, bytes }): Extraction => describeDeps(orThrow(readDepsJson(path, bytes))),
  isShadowed: (path, paths) => isBuildOutput(path, paths),
  yieldsToOwner: true,
  findOwnFolder: (path) => (isFramework(path) ? takeDirectory(path) : ''),
};

/** The packages of an application, and the files beside its list that belong to them. */
export function describeDeps(deps: DepsFile): Extraction {
  const shipped = listShipped(deps);
  const { drafts, skips } = listDrafts(deps, shipped);
  const idle = [...deps.libraries.values()].filter(
    (library) => isPackage(library) && !shipped.has(library),
  );
  return {
    drafts,
    skips: [...deps.problems, ...skips],
    direct: listDirect(deps, shipped),
    explains: listExplained(deps),
    ...(idle.length === 0 ? {} : { notes: [noteIdle(deps.file, idle)] }),
  };
}

function isPackage({ type }: Library): boolean {
  return type === 'package' || type === 'runtimepack';
}

/** `shared/NAME/8.0.1/NAME.deps.json`: all of the folder belongs to it. */
function isFramework(path: string): boolean {
  const [, name, file] = /(?:^|\/)shared\/([^/]+)\/[^/]+\/([^/]+)\.deps\.json$/.exec(path) ?? [];
  return name !== undefined && name === file;
}

/**
 * The packages with a file in the application, and those that need one of them. The others lost to
 * the runtime, which has newer files of that name, or were for the compiler alone.
 */
function listShipped({ libraries }: DepsFile): ReadonlySet<Library> {
  const shipped = new Set<Library>();
  const users = new Map<string, Library[]>();
  for (const library of libraries.values())
    for (const name of listNeeds(library)) {
      const known = users.get(foldNugetName(name));
      if (known === undefined) users.set(foldNugetName(name), [library]);
      else known.push(library);
    }
  const open = [...libraries.values()].filter(
    // mutant deps-json-package-without-files: remove operand 2
    (library) => isPackage(library) && (library.entry === null || listAssets(library).length > 0),
  );
  while (open.length > 0) {
    const library = open.pop();
    if (library === undefined || shipped.has(library)) continue;
    shipped.add(library);
    for (const user of users.get(foldNugetName(library.name)) ?? [])
      if (isPackage(user) && !shipped.has(user)) open.push(user);
  }
  return shipped;
}

function listNeeds({ entry }: Library): readonly string[] {
  const needed = entry?.['dependencies'];
  return isJsonObject(needed) ? Object.keys(needed) : [];
}

function listDrafts(
  { file, libraries }: DepsFile,
  shipped: ReadonlySet<Library>,
): { readonly drafts: readonly Draft[]; readonly skips: readonly Skip[] } {
  const drafts: Draft[] = [];
  const skips: Skip[] = [];
  for (const library of shipped) {
    const { name, version, hash } = library;
    if (!isNugetName(name)) {
      skips.push(skipMalformed(file, `${quoteName(name)} is no id of a package`, AGAIN));
      continue;
    }
    const needs = resolve(libraries, listNeeds(library), shipped);
    const draft = createNugetDraft({ name, version, hash, location: file, needs });
    drafts.push({ ...draft, licenses: RUNTIME.test(name) ? ['MIT'] : [] });
  }
  return { drafts, skips };
}

/** What the projects of the application need. */
function listDirect({ libraries }: DepsFile, shipped: ReadonlySet<Library>): readonly string[] {
  const projects = [...libraries.values()].filter(({ type }) => type === 'project');
  const direct = resolve(libraries, projects.flatMap(listNeeds), shipped);
  if (projects.length > 0) return direct;
  return resolve(
    libraries,
    [...shipped].map(({ name }) => name),
    shipped,
  );
}

function resolve(
  libraries: DepsFile['libraries'],
  names: readonly string[],
  shipped: ReadonlySet<Library>,
): readonly string[] {
  const keys = new Set<string>();
  for (const name of names) {
    const bare = name.startsWith(RUNTIME_PACK) ? name.slice(RUNTIME_PACK.length) : name;
    const found = libraries.get(foldNugetName(bare));
    if (found !== undefined && shipped.has(found) && isNugetName(found.name))
      keys.add(createNugetDraft({ ...found, location: '' }).key);
  }
  return [...keys];
}

/** Of packages and of the application itself, not of assemblies that no package brought. */
function listExplained({ file, libraries }: DepsFile): readonly string[] {
  // mutant deps-json-explains-loose-assemblies: value 2 -> true
  const known = [...libraries.values()].filter(
    (library) => isPackage(library) || library.type === 'project',
  );
  const isRuntime = known.some(({ name }) => /^Microsoft\.NETCore\.App\.Runtime\./i.test(name));
  const own = takeBaseName(file).slice(0, -'.deps.json'.length);
  const version = isFramework(file) ? takeBaseName(takeDirectory(file)) : null;
  return [
    ...known.flatMap(listAssets),
    ...[own, `${own}.dll`, `${own}.exe`],
    ...(isRuntime ? listHostFiles(version) : []),
  ];
}

function noteIdle(file: string, idle: readonly Library[]): string {
  const [first] = idle;
  const more = idle.length > 1 ? ` and ${idle.length - 1} more` : '';
  const which = `${first?.name ?? ''} ${first?.version ?? ''}${more}`;
  return `${file} names ${which} without any file, so they are not part of what is shipped`;
}
