import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import type { Skip } from '../../component.ts';
import {
  createSkip,
  type DocumentFinder,
  type Extraction,
  type Extractor,
  NOTHING,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { createGoDraft, formatKey } from '../go-draft.ts';
import { GoModFile, GoWorkFile, parseGoMod, parseGoWork } from './go-mod.ts';
import { type GoSumFile, parseGoSum } from './go-sum.ts';
import {
  checkWorkspace,
  joinPath,
  listVendored,
  resolveProject,
  type UsedModule,
} from './project.ts';
import { parseVendorList, type VendorList } from './vendor-list.ts';

/** What is left over from the development of an installed package of npm says nothing. */
function isOwn(path: string): boolean {
  return !/(?:^|\/)node_modules\//.test(path);
}

/** The modules that a go.mod builds with. */
export const goMod: Extractor = {
  name: 'go-mod',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['go.mod'], where: isOwn }),
  extract: ({ path, bytes }) => {
    const document = orThrow(parseGoMod(path, bytes));
    return { ...NOTHING, document, complete: (find) => completeMod(document, find) };
  },
  isShadowed: isVendored,
};

function completeMod(mod: GoModFile, find: DocumentFinder): Extraction {
  const { used, skips } = resolveProject(mod, find);
  const direct = used.filter(({ requirement }) => requirement?.isIndirect === false);
  return {
    drafts: used.map(createUsedDraft),
    skips,
    notes: noteToolchain(mod),
    direct: direct.map(({ path, version }) => formatKey(path, version)),
  };
}

function createUsedDraft({ path, version, file }: UsedModule) {
  return createGoDraft({ path, version, location: file });
}

/** A go.mod says which release is needed at least; which one there is, is nowhere in the tree. */
function noteToolchain({ file, go, toolchain }: GoModFile): readonly string[] {
  const least = toolchain?.replace(/^go/, '') ?? go;
  if (least === null || toolchain === 'default') return [];
  return [
    `${file} asks for Go ${least.slice(0, 40)} or later: which one builds it, and so the ` +
      'standard library, is not in this tree',
  ];
}

/** go.mod files of modules that are copied into a vendor folder are not used. */
function isVendored(path: string, paths: ReadonlySet<string>): boolean {
  for (let at = `/${path}`.lastIndexOf('/vendor/'); at >= 0; ) {
    const folder = `/${path}`.slice(1, at + '/vendor/'.length);
    // mutant go-mod-in-a-folder-called-vendor by go-tree: condition -> true
    if (paths.has(`${folder}modules.txt`)) return true;
    at = at === 0 ? -1 : `/${path}`.lastIndexOf('/vendor/', at - 1);
  }
  return false;
}

/** Hashes of modules; for an old go.mod also which modules there are. */
export const goSum: Extractor = {
  name: 'go-sum',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['go.sum', 'go.work.sum'], where: isOwn }),
  extract: ({ path, bytes }) => {
    const document = orThrow(parseGoSum(path, bytes));
    const manifest = path.replace(/\.sum$/, '').replace(/go$/, 'go.mod');
    return { ...NOTHING, document, complete: (find) => completeSum(document, manifest, find) };
  },
  isShadowed: isVendored,
};

function completeSum(
  { file, modules }: GoSumFile,
  manifest: string,
  find: DocumentFinder,
): Extraction {
  const isBeside = find(manifest, GoModFile) ?? find(manifest, GoWorkFile);
  if (isBeside !== null || modules.size === 0) return NOTHING;
  const why = `no ${takeBaseName(manifest)} that was read is beside it, which says what is used of it`;
  return { drafts: [], skips: [createSkip(file, 'FACT_UNKNOWN', why, 'Put it there.')] };
}

/** The members of a workspace are in the tree, or the inventory is partial. */
export const goWork: Extractor = {
  name: 'go-work',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['go.work'], where: isOwn }),
  extract: ({ path, bytes }) => {
    const document = orThrow(parseGoWork(path, bytes));
    const complete = (find: DocumentFinder): Extraction => ({
      drafts: [],
      skips: checkWorkspace(document, find),
    });
    return { ...NOTHING, document, complete };
  },
  isShadowed: isVendored,
};

/** The modules whose code is in a vendor folder. */
export const goVendor: Extractor = {
  name: 'go-vendor',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['vendor/modules.txt'], where: isOwn }),
  extract: ({ path, bytes }) => {
    const document = orThrow(parseVendorList(path, bytes));
    return { ...NOTHING, document, complete: (find) => completeVendor(document, find) };
  },
};

/** Beside a go.mod that lists the same, they are not listed twice. */
function completeVendor(list: VendorList, find: DocumentFinder): Extraction {
  const root = takeDirectory(takeDirectory(list.file));
  const mod = find(joinPath(root, 'go.mod'), GoModFile);
  const known = new Set<string>();
  if (mod !== null) {
    const { used } = resolveProject(mod, find);
    for (const { path, version } of used) known.add(formatKey(path, version));
  }
  const drafts = list.modules
    .flatMap((module) => listVendored(list.file, module, new Set()))
    .filter(({ path, version }) => !known.has(formatKey(path, version)))
    .map(createUsedDraft);
  const skips: readonly Skip[] = [];
  return mod === null ? { drafts, skips } : { drafts, skips, direct: [] };
}
