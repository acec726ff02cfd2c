import { takeBaseName } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';

/** Names of files with requirements, and of folders that hold such files. */
const FILE =
  /^reqs[^/]*\.txt$|[-_]reqs\.txt$|^req\.txt$|-req\.txt$|^pip-requires$|^test-requires$/i;
const FOLDER = /requirements|^reqs|^req$|^pip$/i;

/** `requirements.txt` and the other names that people give such files. */
export const isRequirementsFile = wantFiles(
  { endings: ['.txt', '.in', '.pip', '.lock'], ignoresCase: true, where: isNamedForRequirements },
  // Such as `test-requires`, which has no suffix.
  {
    anyName: true,
    where: (path) => path.endsWith('-requires') && isNamedForRequirements(path),
  },
);

function isNamedForRequirements(path: string): boolean {
  const base = takeBaseName(path);
  if (isInstalledPlace(path)) return false;
  if (/requirements/i.test(base) && /\.(?:txt|in|pip)$/i.test(base)) return true;
  // As Rye writes them; Helm 2 has a lock of this name too (`isHelmLock`).
  // mutant lock-of-rye-is-not-read by requirements: condition -> false
  if (/^requirements(?:-dev)?\.lock$/i.test(base)) return true;
  if (/\.lock$/i.test(base)) return false;
  return FILE.test(base) || isConstraintsFile(path) || isInFolder(path);
}

/** In a folder for them, or in folders of one that is called just so. */
function isInFolder(path: string): boolean {
  const folders = path.split('/').slice(0, -1);
  const parent = folders.at(-1) ?? '';
  if (!FOLDER.test(parent) && !folders.includes('requirements')) return false;
  return !PROSE.test(takeBaseName(path));
}

const PROSE = /^(?:licen[cs]e|readme|change|notice|authors|copying)/i;

/** Constraints are only versions: they require nothing (pip.pypa.io, "Constraints Files"). */
export function isConstraintsFile(path: string): boolean {
  const base = takeBaseName(path);
  return /constraints/i.test(base) && /\.(?:txt|in)$/i.test(base);
}

/** Inside of an installed package a manifest is left over from its own development. */
export function isInstalledPlace(path: string): boolean {
  return /(?:^|\/)(?:site-packages|dist-packages|node_modules)\//.test(path);
}
