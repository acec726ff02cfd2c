import { takeBaseName } from '../extractor.ts';
import { type FileNames, FileTable } from '../wanted-files.ts';
import { DECLARED_KINDS } from './declared-kinds.ts';

/** A kind, and whether it counts only for what people build with. */
interface DeclaredFile {
  readonly kind: string;
  readonly isOfProject: boolean;
}

const TABLE = new FileTable<DeclaredFile>(
  DECLARED_KINDS.map(({ kind, files, of }) => [
    { kind, isOfProject: of === 'project' },
    files.map(toNames),
  ]),
);

/** A name as a shell writes it, in words that a table can look up. */
function toNames(file: string): FileNames {
  const base = takeBaseName(file);
  if (!file.includes('*')) return { names: [file] };
  const segments = file.split('/').map((segment) => segment.split('*'));
  const where = (path: string): boolean => matchesEnd(path.split('/'), segments);
  const ending = base.slice(base.lastIndexOf('*') + 1);
  if (!base.includes('*')) return { names: [base], where };
  if (ending.includes('.')) return { endings: [ending], where };
  const [start = ''] = base.split('*', 1);
  return { anyName: true, where: (path) => path.includes(start) && where(path) };
}

/** A lock by the form of its name alone; it counts only where nothing reads the file. */
export const ANY_LOCK = 'lock-file';

/**
 * The kind of packages that a file of a source tree locks or requires, by its name; null where the
 * table has no such name.
 *
 * @example findDeclaredKind('web/poetry.lock') // 'python'
 */
export function findDeclaredKind(path: string): string | null {
  const base = takeBaseName(path);
  // Programs hold this file while they write beside it: it says nothing.
  if (base === '.lock') return null;
  const found = TABLE.find(path);
  if (found.length === 0) return null;
  // mutant leftover-in-an-installed-package by find-declared: value -> false
  const isInstalled = INSTALLED.test(path);
  return found.find(({ isOfProject }) => !(isOfProject && isInstalled))?.kind ?? null;
}

/** A folder of npm, or a vendor folder of Go, which has folders of hosts in it. */
const INSTALLED = /(?:^|\/)(?:node_modules|vendor\/[^/.]{1,63}(?:\.[^/.]{1,63}){1,9})\//;

function matchesEnd(path: readonly string[], wanted: readonly (readonly string[])[]): boolean {
  const offset = path.length - wanted.length;
  return (
    offset >= 0 && wanted.every((pieces, at) => matchesPieces(path[offset + at] ?? '', pieces))
  );
}

/** Linear in the length of the text. */
function matchesPieces(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const next = text.indexOf(piece, at);
    if (next === -1) return false;
    at = next + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
