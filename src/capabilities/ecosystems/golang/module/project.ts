import type { Skip } from '../../component.ts';
import { createSkip, type DocumentFinder, takeDirectory } from '../../extractor.ts';
import { goScheme, isAtLeast } from '../version-order.ts';
import { GoModFile, type GoReplacement, type GoRequirement, GoWorkFile, quote } from './go-mod.ts';
import { GoSumFile } from './go-sum.ts';
import { type VendoredModule, VendorList } from './vendor-list.ts';

/** One module that is built into what a go.mod describes. */
export interface UsedModule {
  /** What is downloaded: the replacement, where there is one. */
  readonly path: string;
  readonly version: string;
  /** The line of the go.mod that requires it; null where only another file names it. */
  readonly requirement: GoRequirement | null;
  readonly replacement: GoReplacement | null;
  /** The file that names it, and the line. */
  readonly file: string;
  readonly line: number;
}

/** A go.mod with the files around it. */
export interface GoProject {
  readonly mod: GoModFile;
  readonly used: readonly UsedModule[];
  readonly skips: readonly Skip[];
  readonly sums: readonly GoSumFile[];
  readonly vendor: VendorList | null;
}

/**
 * The modules that a go.mod builds with. Since Go 1.17 it lists all that its packages and their
 * tests import from (go.dev/ref/mod#graph-pruning); before that, its go.sum or vendor/modules.txt
 * shows the rest.
 */
export function resolveProject(mod: GoModFile, find: DocumentFinder): GoProject {
  const resolver = new ProjectResolver(mod, find);
  return resolver.resolve();
}

/** The path of a file below a folder, which is empty for the root. */
export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folder at a relative path; null where it is outside of the tree, or absolute. */
export function locateFolder(base: string, written: string): string | null {
  if (/^(?:[\\/]|[A-Za-z]:)/.test(written)) return null;
  const segments = base === '' ? [] : base.split('/');
  for (const segment of written.split(/[\\/]/)) {
    // mutant go-folder-outside-the-tree by go-tree: condition -> segments.pop() === ''
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.join('/');
}

class ProjectResolver {
  readonly #mod: GoModFile;
  readonly #find: DocumentFinder;
  readonly #work: GoWorkFile | null;
  /** The go.mod files of the workspace, or this one alone. */
  readonly #members: readonly GoModFile[];
  /** Highest version by path. */
  readonly #highest = new Map<string, string>();
  readonly #skips: Skip[] = [];

  constructor(mod: GoModFile, find: DocumentFinder) {
    this.#mod = mod;
    this.#find = find;
    this.#work = findWorkspace(mod.folder, find);
    this.#members = this.#work === null ? [mod] : listMembers(this.#work, find);
    for (const { requirements } of this.#members)
      for (const { path, version } of requirements) this.#noteVersion(path, version);
  }

  resolve(): GoProject {
    const mod = this.#mod;
    const sums = this.#listSums();
    const vendor = this.#find(joinPath(this.#root, 'vendor/modules.txt'), VendorList);
    const flaws = mod.flaws.map(({ line, why }) =>
      createSkip(mod.file, 'MALFORMED', `line ${line}: ${why}`, 'Run go mod tidy.'),
    );
    const required = mod.requirements.flatMap((requirement) => this.#use(requirement) ?? []);
    const others = isAtLeast(mod.go, 17) ? [] : this.#listUnlisted(required, sums, vendor);
    const strangers =
      vendor === null || this.#work !== null ? [] : this.#compareVendor(vendor, required);
    return {
      mod,
      used: [...required, ...others],
      skips: [...flaws, ...this.#skips, ...strangers],
      sums,
      vendor,
    };
  }

  /** Where go.sum's companions and the vendor folder are: beside the go.work of a workspace. */
  get #root(): string {
    return this.#work?.folder ?? this.#mod.folder;
  }

  #listSums(): readonly GoSumFile[] {
    const own = this.#members.map(({ folder }) => joinPath(folder, 'go.sum'));
    const shared = this.#work === null ? [] : [joinPath(this.#root, 'go.work.sum')];
    const paths = [joinPath(this.#mod.folder, 'go.sum'), ...shared, ...own];
    return [...new Set(paths)].flatMap((path) => this.#find(path, GoSumFile) ?? []);
  }

  /** Null for a part of this tree. */
  #use(requirement: GoRequirement): UsedModule | null {
    const { path, line } = requirement;
    const { file } = this.#mod;
    if (this.#members.some(({ module }) => module === path)) return null;
    const version = this.#highest.get(path) ?? requirement.version;
    const replacement = this.#findReplacement(path, version);
    const used = { requirement, replacement: replacement?.one ?? null, file, line };
    if (replacement === null) return { ...used, path, version };
    const { to } = replacement.one;
    if (to.kind === 'module') return { ...used, path: to.path, version: to.version };
    const folder = locateFolder(replacement.folder, to.folder);
    // mutant go-replaced-by-an-unread-folder by go-tree: condition -> true
    if (folder !== null && this.#find(joinPath(folder, 'go.mod'), GoModFile) !== null) return null;
    const where = folder === null ? 'outside of this tree' : 'in which no go.mod was read';
    const why = `${quote(path)} is replaced by the folder ${quote(to.folder)}, ${where}`;
    const remedy = 'Take the inventory of a tree that has the folder.';
    this.#skips.push(createSkip(file, 'FACT_UNKNOWN', `line ${line}: ${why}`, remedy));
    return null;
  }

  /** All modules of a workspace are built with the highest version that one of them requires. */
  #noteVersion(path: string, version: string): void {
    const known = this.#highest.get(path);
    // mutant go-workspace-of-lower-versions by go-tree: operand 2 -> false
    if (known === undefined || (goScheme.compare(version, known) ?? 0) > 0)
      this.#highest.set(path, version);
  }

  /** A replacement of the workspace comes first; one of a version before one of all. */
  #findReplacement(
    path: string,
    version: string,
  ): { readonly one: GoReplacement; readonly folder: string } | null {
    const files = [...(this.#work === null ? [] : [this.#work]), ...this.#members];
    for (const { replacements, folder } of files) {
      const own = replacements.filter((each) => each.path === path);
      const one =
        own.find((each) => each.version === version) ?? own.find((each) => each.version === null);
      if (one !== undefined) return { one, folder };
    }
    return null;
  }

  /** What an old go.mod does not list. */
  #listUnlisted(
    required: readonly UsedModule[],
    sums: readonly GoSumFile[],
    vendor: VendorList | null,
  ): readonly UsedModule[] {
    if (this.#mod.requirements.length === 0) return [];
    const listed = new Set([...required.map(({ path }) => path), ...this.#replacedPaths()]);
    if (vendor !== null)
      return vendor.modules.flatMap((module) => listVendored(vendor.file, module, listed));
    const [own] = sums.filter(({ file }) => takeDirectory(file) === this.#mod.folder);
    // mutant old-go-mod-alone by go-tree: condition -> false
    if (own === undefined) {
      const go = this.#mod.go === null ? 'without a go directive' : `of Go ${this.#mod.go}`;
      const why = `a go.mod ${go} lists only some of its modules, and no go.sum is beside it`;
      const remedy = 'Run go mod tidy -go=1.17, or a later version.';
      this.#skips.push(createSkip(this.#mod.file, 'FACT_UNKNOWN', why, remedy));
      return [];
    }
    const missing = required.find(({ path, version }) => own.find(path, version) === null);
    if (missing !== undefined) {
      const why = `its go.sum lacks ${quote(`${missing.path} ${missing.version}`)}, which it requires`;
      this.#skips.push(createSkip(this.#mod.file, 'FACT_UNKNOWN', why, 'Run go mod tidy.'));
    }
    return [...own.modules].flatMap(([path, versions]): readonly UsedModule[] => {
      const contents = [...versions].filter(
        ([version, { content }]) =>
          content !== null && !this.#mod.excluded.has(`${path}@${version}`),
      );
      const [first, ...rest] = contents;
      if (listed.has(path) || first === undefined) return [];
      let highest = first;
      for (const other of rest)
        if ((goScheme.compare(other[0], highest[0]) ?? 0) > 0) highest = other;
      const [version, { line }] = highest;
      return [{ path, version, requirement: null, replacement: null, file: own.file, line }];
    });
  }

  #replacedPaths(): readonly string[] {
    return this.#mod.requirements.map(({ path }) => path);
  }

  /** Go refuses to build where the two differ, or builds with what is in the folder. */
  #compareVendor(vendor: VendorList, required: readonly UsedModule[]): readonly Skip[] {
    if (!vendor.isCompared || !isAtLeast(this.#mod.go, 14)) return [];
    const vendored = new Map(vendor.modules.map((module) => [module.path, module]));
    const different = required.find((used) => {
      const path = used.requirement?.path ?? used.path;
      const found = vendored.get(path);
      if (used.requirement === null) return false;
      const effective = found?.replacedBy ?? found;
      return effective?.path !== used.path || effective.version !== used.version;
    });
    const known = new Set(this.#mod.requirements.map(({ path }) => path));
    const stranger = vendor.modules.find(({ path, isExplicit }) => isExplicit && !known.has(path));
    const name = different?.requirement?.path ?? stranger?.path;
    // mutant go-vendor-of-another-version by go-tree: condition -> true
    if (name === undefined) return [];
    const why = `it has ${quote(name)} in another version than go.mod: the two disagree`;
    return [createSkip(vendor.file, 'FACT_UNKNOWN', why, 'Run go mod vendor.')];
  }
}

/** The nearest go.work above, where it uses the folder. */
function findWorkspace(folder: string, find: DocumentFinder): GoWorkFile | null {
  for (let up = folder; ; up = takeDirectory(up)) {
    const work = find(joinPath(up, 'go.work'), GoWorkFile);
    if (work !== null) return listFolders(work).includes(folder) ? work : null;
    if (up === '') return null;
  }
}

function listFolders(work: GoWorkFile): readonly (string | null)[] {
  return work.uses.map(({ folder }) => locateFolder(work.folder, folder));
}

function listMembers(work: GoWorkFile, find: DocumentFinder): readonly GoModFile[] {
  return listFolders(work).flatMap((folder) =>
    folder === null ? [] : (find(joinPath(folder, 'go.mod'), GoModFile) ?? []),
  );
}

/** Problems of a workspace: what it uses must be in the tree. */
export function checkWorkspace(work: GoWorkFile, find: DocumentFinder): readonly Skip[] {
  const flaws = work.flaws.map(({ line, why }) =>
    createSkip(work.file, 'MALFORMED', `line ${line}: ${why}`, 'Run go work edit -fmt.'),
  );
  const away = work.uses.flatMap(({ folder, line }) => {
    const place = locateFolder(work.folder, folder);
    const isHere = place !== null && find(joinPath(place, 'go.mod'), GoModFile) !== null;
    if (isHere) return [];
    const why = `line ${line}: it uses the folder ${quote(folder)}, in which no go.mod was read`;
    const remedy = 'Take the inventory of a tree that has the folder.';
    return [createSkip(work.file, 'FACT_UNKNOWN', why, remedy)];
  });
  return [...flaws, ...away];
}

/** A vendored module as it is used; none for the code of a folder, and for one without packages. */
export function listVendored(
  file: string,
  module: VendoredModule,
  listed: ReadonlySet<string>,
): readonly UsedModule[] {
  const { path, version, replacedBy, hasPackages, line } = module;
  const real = replacedBy ?? { path, version };
  if (!hasPackages || listed.has(path) || real.version === null) return [];
  return [
    { path: real.path, version: real.version, requirement: null, replacement: null, file, line },
  ];
}
