import { LIMITS } from '../../../../core/limits.ts';
import { formatPurl } from '../../../../core/purl.ts';
import type { Result } from '../../../../core/result.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../../declarations.ts';
import type { DeclaredDependency, PinState } from '../../dependency.ts';
import { createSkip, type DocumentFinder, takeDirectory } from '../../extractor.ts';
import { buildGoParts } from '../go-draft.ts';
import { GoModFile, GoWorkFile, parseGoMod, parseGoWork } from '../module/go-mod.ts';
import { GoSumFile, parseGoSum } from '../module/go-sum.ts';
import {
  checkWorkspace,
  type GoProject,
  joinPath,
  resolveProject,
  type UsedModule,
} from '../module/project.ts';
import { goMod, goSum, goVendor, goWork } from '../module/tree-extractors.ts';
import { parseVendorList, type VendorList } from '../module/vendor-list.ts';
import { findModuleSource, type GoSettings, isGoEnv, parseGoEnv } from './go-env.ts';

type Parser = (file: string, bytes: Uint8Array) => Result<object>;

const READERS: readonly (readonly [
  Pick<typeof goMod, 'wants' | 'isShadowed' | 'bytesMax'>,
  Parser,
])[] = [
  [goMod, parseGoMod],
  [goSum, parseGoSum],
  [goWork, parseGoWork],
  [goVendor, parseVendorList],
];

/** The modules of a source tree, with the hashes that it has of them. */
export const goDeclarations: DeclarationReader = {
  wants: (path) => isGoEnv(path) || READERS.some(([{ wants }]) => wants(path)),
  read,
};

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const documents = new Map<string, object>();
  const settings = new Map<string, GoSettings>();
  const there = new Set(paths);
  for (const path of paths) {
    const [extractor, parse] = READERS.find(([{ wants }]) => wants(path)) ?? [];
    if (extractor?.isShadowed?.(path, there) === true) continue;
    if (extractor === undefined || parse === undefined) {
      const found = await files.parse(path, LIMITS.dependencyFileBytesMax, parseGoEnv);
      if (found !== null) settings.set(takeDirectory(path), found);
      continue;
    }
    const document = await files.parse(path, extractor.bytesMax, parse);
    if (document !== null) documents.set(path, document);
  }
  const find: DocumentFinder = (path, kind) => {
    const document = documents.get(path);
    return document instanceof kind ? document : null;
  };
  const declared = [...documents.values()].map((document) => {
    if (document instanceof GoModFile)
      return (
        files.combine([document.file], () => listModules(document, { find, settings })) ?? NONE
      );
    if (document instanceof GoWorkFile)
      return { ...NONE, problems: checkWorkspace(document, find) };
    return document instanceof GoSumFile ? { ...NONE, problems: checkSum(document, find) } : NONE;
  });
  return {
    found: paths.some((path) => goMod.wants(path) || goWork.wants(path)),
    dependencies: declared.flatMap(({ dependencies }) => dependencies),
    problems: declared.flatMap(({ problems }) => problems),
    notLookedAt: [],
  };
}

const NONE: Pick<Declarations, 'dependencies' | 'problems'> = { dependencies: [], problems: [] };

function checkSum({ file, modules }: GoSumFile, find: DocumentFinder): Declarations['problems'] {
  const folder = takeDirectory(file);
  const isBeside =
    find(joinPath(folder, 'go.mod'), GoModFile) ?? find(joinPath(folder, 'go.work'), GoWorkFile);
  if (isBeside !== null || modules.size === 0) return [];
  const why = 'no go.mod that was read is beside it, which says what is used of it';
  return [createSkip(file, 'FACT_UNKNOWN', why, 'Put the go.mod there.')];
}

interface Scene {
  readonly find: DocumentFinder;
  readonly settings: ReadonlyMap<string, GoSettings>;
}

function listModules(mod: GoModFile, { find, settings }: Scene): typeof NONE {
  const project = resolveProject(mod, find);
  const nearest = findSettings(mod.folder, settings);
  const dependencies = project.used.map((used): DeclaredDependency => {
    const { path, version, requirement, file, line } = used;
    const { pinned, why } = judgePin(used, project);
    return {
      ecosystem: 'golang',
      name: path,
      version,
      requested: requirement?.version ?? null,
      purl: formatPurl(buildGoParts(path.toLowerCase(), version)),
      pinned,
      why: used.replacement === null ? why : `${why}; it replaces ${requirement?.path ?? ''}`,
      ...findModuleSource(nearest, path),
      recorded: pinned === 'yes',
      place: { file, line },
      kind: requirement?.isIndirect === false ? 'direct' : 'transitive',
      development: false,
    };
  });
  return { dependencies, problems: project.skips };
}

function findSettings(
  folder: string,
  settings: ReadonlyMap<string, GoSettings>,
): GoSettings | null {
  for (let up = folder; ; up = takeDirectory(up)) {
    const found = settings.get(up);
    if (found !== undefined) return found;
    if (up === '') return null;
  }
}

/** Whether the tree fixes the content of a module. */
function judgePin(
  { path, version }: UsedModule,
  { sums, vendor }: GoProject,
): { readonly pinned: PinState; readonly why: string } {
  for (const file of sums) {
    const found = file.find(path, version);
    // mutant go-hash-that-contradicts-another by go-tree: condition -> false
    if (found?.isContradictory === true)
      return {
        pinned: 'no',
        why: `${file.file} has two hashes for it, which contradict each other`,
      };
    // mutant go-module-without-a-hash by go-tree: condition -> found !== undefined
    if (found?.content != null)
      return { pinned: 'yes', why: `locked with its hash in ${file.file}` };
  }
  if (vendor !== null && isInFolder(vendor, path, version))
    return { pinned: 'yes', why: `its code is in the tree, beside ${vendor.file}` };
  const manifest = sums.find((file) => file.find(path, version)?.manifest != null);
  if (manifest !== undefined)
    return {
      pinned: 'yes',
      why: `${manifest.file} locks its go.mod, and nothing of its code is used`,
    };
  const [sum] = sums;
  const why = sum === undefined ? 'no go.sum has a hash for it' : `${sum.file} has no hash for it`;
  return { pinned: 'unknown', why: `${why}, so its content may change` };
}

function isInFolder({ modules }: VendorList, path: string, version: string): boolean {
  return modules.some((module) => {
    const real = module.replacedBy ?? module;
    return module.hasPackages && real.path === path && real.version === version;
  });
}
