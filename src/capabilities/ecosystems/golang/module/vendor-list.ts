import { Failure, toFailure } from '../../../../core/failure.ts';
import { failed, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { isModulePath, isModuleVersion } from '../go-draft.ts';
import { quote } from './go-mod.ts';

export interface VendoredModule {
  readonly path: string;
  readonly version: string;
  /** Null where the code is from a folder. */
  readonly replacedBy: { readonly path: string; readonly version: string | null } | null;
  /** Whether the go.mod requires it; since Go 1.14. */
  isExplicit: boolean;
  /** Whether packages of it are in the folder. */
  hasPackages: boolean;
  readonly line: number;
}

/** A vendor/modules.txt (go.dev/ref/mod#vendoring): the modules whose code is in the folder. */
export class VendorList {
  readonly file: string;
  readonly modules: VendoredModule[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** Go compares it with go.mod only then (modload, checkVendorConsistency). */
  get isCompared(): boolean {
    return this.modules.some(({ isExplicit }) => isExplicit);
  }
}

/**
 * `# PATH VERSION [=> NEW [VERSION]]` for each module, `## explicit; go 1.21` for what is said of
 * it, and a line for each package.
 */
export function parseVendorList(file: string, bytes: Uint8Array): Result<VendorList> {
  try {
    const found = new VendorList(file);
    const lines = orThrow(decodeUtf8(bytes)).split(/\r?\n/);
    let last: VendoredModule | null = null;
    for (const [at, line] of lines.entries()) {
      const words = line.split(' ').filter((word) => word !== '');
      if (words[0] === '##') {
        if (last !== null && /^explicit;?$/.test(words[1] ?? '')) last.isExplicit = true;
      } else if (words[0] === '#') last = addModule(found, words.slice(1), at + 1);
      else if (words.length > 0 && last !== null) last.hasPackages = true;
    }
    return ok(found);
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

/** Null for a replacement that nothing uses, which is written without a version. */
function addModule(
  { modules }: VendorList,
  words: readonly string[],
  line: number,
): VendoredModule | null {
  const arrow = words.indexOf('=>');
  const [path = '', version] = arrow === -1 ? words : words.slice(0, arrow);
  const [target, targetVersion = null] = arrow === -1 ? [] : words.slice(arrow + 1);
  if (version === undefined && target !== undefined) return null;
  // mutant go-vendored-without-a-version by go-tree: condition -> false
  if (!isModulePath(path) || version === undefined || !isModuleVersion(version))
    throw malformed(line, `${quote(words.join(' '))} names no module and version`);
  const replacedBy = target === undefined ? null : { path: target, version: targetVersion };
  const module = { path, version, replacedBy, isExplicit: false, hasPackages: false, line };
  modules.push(module);
  return module;
}

function malformed(line: number, why: string): Failure {
  return new Failure('MALFORMED', `line ${line}: ${why}`, 'Run go mod vendor.');
}
