import type { Skip } from '../../component.ts';
import type { ExtractedFile } from '../../ecosystem.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { FIND_IT, findLostFile } from '../msbuild/lost-files.ts';
import { listFoldersUp } from '../msbuild/paths.ts';
import { ProjectScope, type ResolvedReference } from '../msbuild/project-scope.ts';
import type { ProjectFile } from '../msbuild/read-project.ts';
import { createNugetDraft, foldNugetName, isNugetName, quoteName } from '../nuget-draft.ts';
import { parseRange } from '../version-range.ts';
import { isProjectFile, ProjectPart } from './project-file.ts';

const REMEDY = 'Set RestorePackagesWithLockFile, restore, and commit packages.lock.json.';

/**
 * What projects ask for where nothing locks it: NuGet takes the lowest version that a direct
 * request allows, so that one is known, and what it needs is not.
 */
export function combineProjects(files: readonly ExtractedFile[]): readonly Extraction[] {
  const tree = new Map<string, ProjectFile>();
  for (const { path, extraction } of files)
    if (extraction.document instanceof ProjectPart) tree.set(path, extraction.document.project);
  const taken = new Set<string>();
  const found = new Map<string, Addition>();
  const settings = new Map<string, string>();
  const locks = gatherLocks(files);
  const declarations = new Map(files.map(({ path, extraction }) => [path, extraction.declares]));
  let locked = 0;
  for (const [path, project] of tree) {
    if (!isProjectFile(path)) continue;
    const scope = new ProjectScope(project, tree);
    for (const { file } of scope.files) taken.add(file);
    const setting = scope.findLockSetting();
    if (setting !== null) settings.set(path, setting);
    const declared = declarations.get(path);
    if (declared !== undefined && isLocked({ ...declared, name: setting }, locks)) locked += 1;
    else found.set(path, describeUnlocked(project, scope, tree));
  }
  // Where all projects are locked, the locks have what such files add, no matter who imports them.
  const isOpen = locked === 0 || locked < [...tree.keys()].filter(isProjectFile).length;
  // mutant props-that-nobody-imports: condition -> false
  for (const [path, { items }] of tree)
    if (isOpen && !taken.has(path) && items.some(({ action }) => action === 'include'))
      found.set(path, { drafts: [], skips: [skipLoose(path)] });
  return files.map(({ path, extraction }) => {
    const { declares } = extraction;
    const setting = settings.get(path);
    // A lock is asked by the name of the project.
    const named =
      declares === undefined || setting === undefined
        ? extraction
        : { ...extraction, declares: { ...declares, name: setting } };
    return addTo(named, found.get(path));
  });
}

/** The files that lock others, by the folder that they are for. */
type Locks = ReadonlyMap<string, readonly CoverageCheck[]>;

function gatherLocks(files: readonly ExtractedFile[]): Locks {
  const locks = files.flatMap(({ path, extraction: { locks: check, lockFolder } }) =>
    check === undefined ? [] : [{ folder: lockFolder ?? takeDirectory(path), check }],
  );
  const byFolder = Map.groupBy(locks, ({ folder }) => folder);
  return new Map([...byFolder].map(([folder, all]) => [folder, all.map(({ check }) => check)]));
}

function isLocked(manifest: ProjectManifest, locks: Locks): boolean {
  return listFoldersUp(takeDirectory(manifest.path)).some((folder) =>
    (locks.get(folder) ?? []).some((check) => check(manifest, () => true) !== null),
  );
}

type Addition = Pick<Extraction, 'drafts' | 'skips'>;

function addTo(extraction: Extraction, added: Addition | undefined): Extraction {
  if (added === undefined) return extraction;
  const drafts = [...extraction.drafts, ...added.drafts];
  const direct = drafts.map(({ key }) => key);
  return { ...extraction, drafts, skips: [...extraction.skips, ...added.skips], direct };
}

function skipLoose(path: string): Skip {
  const why = 'it adds packages to projects, and which ones take it is not seen here';
  return createSkip(path, 'FACT_UNKNOWN', why, 'Import it by a plain path, or lock the projects.');
}

function describeUnlocked(
  { file, items }: ProjectFile,
  scope: ProjectScope,
  tree: ReadonlyMap<string, ProjectFile>,
): Addition {
  const references = scope.listReferences();
  const drafts = new Map<string, Draft>();
  const unclear: ResolvedReference[] = [];
  for (const reference of references) {
    const lowest = reference.version === null ? null : parseRange(reference.version)?.lowest;
    if (lowest == null || !isNugetName(reference.name)) unclear.push(reference);
    else {
      const draft = createDraft(reference, lowest);
      const known = drafts.get(draft.key);
      const development = draft.development && known?.development !== false;
      drafts.set(draft.key, { ...draft, development });
    }
  }
  const own = new Set(items.map(({ name }) => foldNugetName(name)));
  const isOwn = references.some(({ name }) => own.has(foldNugetName(name)));
  // Its own requests are reported where the file is read.
  const skips = isOwn || references.length === 0 ? [] : [skipUnlocked(file)];
  if (unclear.length > 0) skips.push(skipUnclear(file, unclear));
  const lost = findLostFile(scope, tree);
  // mutant lost-file-of-msbuild by outside-the-tree: condition -> false
  if (lost !== null) skips.push(createSkip(file, 'FACT_UNKNOWN', lost, FIND_IT));
  return { drafts: [...drafts.values()], skips };
}

function createDraft({ name, file, item }: ResolvedReference, version: string): Draft {
  return createNugetDraft({ name, version, location: file, development: item.isPrivate });
}

function skipUnlocked(file: string): Skip {
  const why = 'files that it imports ask for packages, and no lock names what these need';
  return createSkip(file, 'FACT_UNKNOWN', why, REMEDY);
}

function skipUnclear(file: string, unclear: readonly ResolvedReference[]): Skip {
  const [first] = unclear;
  const more = unclear.length > 1 ? ` (and ${unclear.length - 1} more)` : '';
  const range = first?.version == null ? '' : ` ${first.version}`;
  const said = first?.doubt ?? 'its version is chosen when it is restored';
  const at = takeBaseName(first?.file ?? '');
  const why = `${quoteName(first?.name ?? '')}${range} in ${at}${more}: ${said}`;
  return createSkip(file, 'FACT_UNKNOWN', why, REMEDY);
}
