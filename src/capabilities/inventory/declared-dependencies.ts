import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { type ReadingBudget, readAtOnce, readWithin } from '../../core/reading-budget.ts';
import type { Result } from '../../core/result.ts';
import type {
  DeclaredDependencies,
  DeclaredDependency,
  Ecosystem,
  Skip,
  SourceFiles,
  UnreadKind,
} from '../ecosystems/index.ts';
import {
  createSkip,
  ECOSYSTEMS,
  findUndeclaredKind,
  INSTALL_FOLDERS,
  SYSTEM_LIBRARY,
  takeBaseName,
} from '../ecosystems/index.ts';
import { inspectFiles, mayNameMore } from './named-in-content.ts';
import type { FileTree } from './port.ts';

export interface DeclaredOptions {
  readonly signal?: AbortSignal;
  /** For each file, and for what the files of one project say together; none by default. */
  readonly reading?: ReadingBudget;
}

/**
 * What a source tree declares, with its problems. No link is followed: a manifest that is a link is
 * a problem.
 *
 * @example const { dependencies, outcome } = await readDeclaredDependencies(tree);
 */
export async function readDeclaredDependencies(
  tree: FileTree,
  options: DeclaredOptions = {},
): Promise<DeclaredDependencies> {
  const seen = await surveyTree(tree, options.signal);
  const { problems } = seen;
  const files = openFiles(tree, problems, options);
  const inspected = await inspectFiles(seen.opened, files);
  for (const { kind, place } of inspected.unread) recordPlace(seen.notLookedAt, kind, place);
  for (const { ecosystem, path } of inspected.recognised) addWanted(seen, ecosystem, path);
  const dependencies: DeclaredDependency[] = [];
  const found: string[] = [];
  for (const { name, declarations } of ECOSYSTEMS) {
    if (declarations === undefined) continue;
    const declared = await declarations.read(seen.wanted.get(name) ?? [], files);
    dependencies.push(...declared.dependencies);
    problems.push(...declared.problems);
    if (declared.found) found.push(name);
    for (const { kind, place } of declared.notLookedAt) recordPlace(seen.notLookedAt, kind, place);
  }
  if (dependencies.length > LIMITS.dependenciesMax)
    problems.push(
      createSkip(
        '.',
        'LIMIT_EXCEEDED',
        `over ${LIMITS.dependenciesMax} dependencies`,
        'Judge each part alone.',
      ),
    );
  const notLookedAt = [...seen.notLookedAt].map(([kind, places]): UnreadKind => ({ kind, places }));
  return {
    dependencies: dependencies.slice(0, LIMITS.dependenciesMax).sort(comparePlaces),
    outcome: problems.length === 0 && notLookedAt.length === 0 ? 'complete' : 'partial',
    problems,
    notLookedAt,
    found,
  };
}

interface TreeSurvey {
  /** By the name of the ecosystem that reads them. */
  readonly wanted: Map<string, string[]>;
  readonly notLookedAt: Map<string, string[]>;
  /** Files whose content decides what they name. */
  readonly opened: string[];
  readonly problems: Skip[];
}

async function surveyTree(tree: FileTree, signal: AbortSignal | undefined): Promise<TreeSurvey> {
  const seen: TreeSurvey = {
    wanted: new Map(),
    notLookedAt: new Map(),
    opened: [],
    problems: [],
  };
  let entries = 0;
  for await (const { path, kind, failure } of tree.entries({ descend })) {
    signal?.throwIfAborted();
    if (++entries > LIMITS.imageEntriesMax)
      throw new Failure(
        'LIMIT_EXCEEDED',
        `over ${LIMITS.imageEntriesMax} files`,
        'Judge each part alone.',
      );
    const readers = ECOSYSTEMS.filter(({ declarations }) => declarations?.wants(path) === true);
    if (kind === 'unreadable')
      seen.problems.push({
        location: path,
        cause:
          failure ??
          new Failure('FILE_UNREADABLE', `${path} cannot be read`, 'Check its permissions.'),
      });
    else if (readers.length > 0 && kind !== 'directory' && kind !== 'file')
      seen.problems.push(
        createSkip(
          path,
          'UNSAFE_PATH',
          'it is a link or a special file, which is not followed',
          'Put the file itself there.',
        ),
      );
    else if (kind === 'file') recordFile(seen, path, readers);
  }
  return seen;
}

function descend(path: string): boolean {
  const folder = takeBaseName(path);
  return !INSTALL_FOLDERS.some(({ name }) => name === folder);
}

function recordFile(seen: TreeSurvey, path: string, readers: readonly Ecosystem[]): void {
  for (const { name } of readers) addWanted(seen, name, path);
  if (readers.length > 0) return;
  const kind = findUndeclaredKind(path);
  if (kind === SYSTEM_LIBRARY) return;
  if (kind !== null) recordPlace(seen.notLookedAt, kind, path);
  else if (mayNameMore(path)) seen.opened.push(path);
}

function addWanted({ wanted }: TreeSurvey, ecosystem: string, path: string): void {
  const paths = wanted.get(ecosystem);
  if (paths === undefined) wanted.set(ecosystem, [path]);
  else paths.push(path);
}

const PLACES_MAX = 20;

function recordPlace(notes: Map<string, string[]>, kind: string, place: string): void {
  const places = notes.get(kind) ?? [];
  if (places.length < PLACES_MAX) places.push(place);
  notes.set(kind, places);
}

function openFiles(
  tree: FileTree,
  problems: Skip[],
  { signal, reading = readAtOnce }: DeclaredOptions,
): SourceFiles {
  const sizes = new Map<string, number>();
  const settle = <T>(file: string, value: Result<T>): T | null => {
    if (value.ok) return value.value;
    const { code, message, remedy } = value.failure;
    problems.push(createSkip(file, code, message, remedy, value.failure));
    return null;
  };
  return {
    ...(signal === undefined ? {} : { signal }),
    parse: async (file, bytesMax, parseBytes) => {
      signal?.throwIfAborted();
      const read = await tree.read(file, bytesMax);
      if (!read.ok) return settle(file, read);
      const { value: bytes } = read;
      sizes.set(file, bytes.length);
      // mutant manifest-without-a-deadline by hostile-source: callee 2 -> readAtOnce
      return settle(
        file,
        reading(bytes, () => parseBytes(file, bytes)),
      );
    },
    combine: ([place, ...others], work) => {
      const bytes = [place, ...others].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
      // mutant project-without-a-deadline by hostile-source: argument 3 -> readAtOnce
      return settle(place, readWithin(reading, bytes, work));
    },
  };
}

function comparePlaces(one: DeclaredDependency, other: DeclaredDependency): number {
  if (one.place.file !== other.place.file) return one.place.file < other.place.file ? -1 : 1;
  if (one.place.line !== other.place.line) return one.place.line - other.place.line;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}
