import { takeBaseName } from '../extractor.ts';
import { DECLARED_KINDS } from './declared-kinds.ts';

/** One name of the table, ready to compare. */
interface DeclaredName {
  readonly kind: string;
  /** Its place in the table: the first kind counts. */
  readonly order: number;
  readonly isOfProject: boolean;
  /** The last segments of a path, each cut at its stars. */
  readonly segments: readonly (readonly string[])[];
}

const BY_NAME = new Map<string, DeclaredName[]>();
const BY_EXTENSION = new Map<string, DeclaredName[]>();
/** Names without either. */
const OTHERS: DeclaredName[] = [];

for (const [order, { kind, files, of }] of DECLARED_KINDS.entries())
  for (const file of files) {
    const segments = file.split('/').map((segment) => segment.split('*'));
    enrol(takeBaseName(file), { kind, order, isOfProject: of === 'project', segments });
  }

/** Most files of a tree have none of these names: a name or an extension leads to a few. */
function enrol(base: string, name: DeclaredName): void {
  const extension = readExtension(base);
  if (!base.includes('*')) append(BY_NAME, base, name);
  else if (extension !== null && !extension.includes('*')) append(BY_EXTENSION, extension, name);
  else OTHERS.push(name);
}

function append(map: Map<string, DeclaredName[]>, key: string, name: DeclaredName): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [name]);
  else known.push(name);
}

/** What follows the last dot. */
function readExtension(base: string): string | null {
  const dot = base.lastIndexOf('.');
  return dot === -1 ? null : base.slice(dot + 1);
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
  const candidates = [
    ...(BY_NAME.get(base) ?? []),
    ...(BY_EXTENSION.get(readExtension(base) ?? '') ?? []),
    ...OTHERS,
  ];
  if (candidates.length === 0) return null;
  const isInstalled = INSTALLED.test(path);
  const segments = path.split('/');
  let found: DeclaredName | null = null;
  for (const name of candidates) {
    if (found !== null && found.order <= name.order) continue;
    // mutant leftover-in-an-installed-package by find-declared: condition -> false
    if (name.isOfProject && isInstalled) continue;
    if (matchesEnd(segments, name.segments)) found = name;
  }
  return found?.kind ?? null;
}

/** A folder of npm, or a vendor folder of Go, which has folders of hosts in it. */
const INSTALLED = /(?:^|\/)(?:node_modules|vendor\/[^/.]{1,63}(?:\.[^/.]{1,63}){1,9})\//;

function matchesEnd(path: readonly string[], wanted: DeclaredName['segments']): boolean {
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
