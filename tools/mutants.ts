import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { resolveOperation } from './mutant-operation.ts';

/** One removed guard. */
export interface Mutant {
  /** Words of the guard. */
  readonly name: string;
  readonly file: string;
  readonly operation: string;
  /** Where the comment of the mutant begins in the file. */
  readonly at: number;
  /**
   * Sets of tests. Each set must notice the mutant. A set has the base names of its files (the
   * nearest to `file` when several have that name), or is null for the tests beside `file`.
   */
  readonly tests: readonly (readonly string[] | null)[];
}

const SOURCES = ['src/**/*.ts', 'tools/**/*.ts'];
const TESTS = '{src,test,tools,bench}/**/*.test.ts';
const COMMENT =
  /^(?:\/\/|\/\*) mutant (?<name>\S+?)(?<by>(?: (?:also )?by [^:]+?)*): (?<operation>.+?)(?: \*\/)?$/s;
const MARK = /^\s*\/\/ mutant |\/\* mutant /gm;
/** Names of the language itself: globals, and members of built-in types. */
const LANGUAGE = [
  globalThis,
  Array.prototype,
  String.prototype,
  Map.prototype,
  Object,
  Math,
].flatMap((one) => Object.getOwnPropertyNames(one));
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Every mutant of the tree below `folder`. */
export function collectMutants(folder: string): Mutant[] {
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: folder }));
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
    .flatMap((file) => readMutants(file, readFileSync(join(folder, file), 'utf8')));
}

/**
 * The mutants that the comments of one source declare.
 *
 * @throws an Error when a comment begins like a mutant and is not one
 */
export function readMutants(file: string, source: string): Mutant[] {
  if (source.search(MARK) < 0) return [];
  const comments = [...listComments(parse(source)).values()];
  if (comments.length !== [...source.matchAll(MARK)].length)
    throw new Error(`${file}: no code begins after a mutant comment`);
  return comments.map(({ at, text }) => {
    const { name, by, operation } = COMMENT.exec(text)?.groups ?? {};
    if (name === undefined || operation === undefined || !KEBAB.test(name))
      throw new Error(`${file}: no mutant: ${text}`);
    return { name, file, operation, at, tests: readTests(by ?? '') };
  });
}

/** ` by a, b also by c` names two sets; ` also by c` adds one set to the tests beside the file. */
function readTests(by: string): (readonly string[] | null)[] {
  const sets = by
    .split(/ (?:also )?by /)
    .slice(1)
    .map((names) => names.split(', '));
  return by.startsWith(' by ') ? sets : [null, ...sets];
}

/**
 * The source without the guard.
 *
 * @throws an Error where the operation cannot be resolved
 */
export function applyMutant({ name, file, operation, at }: Mutant, source: string): string {
  const anchor = listComments(parse(source)).get(at)?.anchor;
  if (anchor === undefined) throw new Error(`${file}: ${name}: no code follows the comment`);
  try {
    const { start, end, text } = resolveOperation(operation, anchor);
    const mutated = source.slice(0, start) + text + source.slice(end);
    requireKnownNames(mutated, start, start + text.length, source);
    return mutated;
  } catch (cause) {
    throw new Error(`${file}: ${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/**
 * A name that no longer exists would end the program. Every test would notice that, so it would
 * prove nothing about the guard.
 */
function requireKnownNames(mutated: string, start: number, end: number, source: string): void {
  if (start === end) return;
  const inserted = listNames(parse(mutated)).filter(
    (name) => name.getStart() >= start && name.getEnd() <= end,
  );
  const own = inserted.filter(({ parent }) => ts.isParameter(parent)).map(({ text }) => text);
  const known = new Set([...LANGUAGE, ...own]);
  const unknown = inserted.filter(({ text }) => !known.has(text));
  if (unknown.length === 0) return;
  const present = new Set(listNames(parse(source)).map(({ text }) => text));
  const gone = unknown.find(({ text }) => !present.has(text));
  if (gone !== undefined) throw new Error(`the file has no such name: ${gone.text}`);
}

function listNames(node: ts.Node): ts.Identifier[] {
  const found = ts.isIdentifier(node) ? [node] : [];
  ts.forEachChild(node, (child) => void found.push(...listNames(child)));
  return found;
}

/** Every test file of the tree below `folder`. */
export function listTests(folder: string): string[] {
  return globSync(TESTS, { cwd: folder })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/**
 * The sets of test files that must notice a mutant, as vitest takes them.
 *
 * @param all the test files of the tree
 * @throws an Error where a name is that of no test, or of several
 */
export function resolveTests({ name, file, tests }: Mutant, all: readonly string[]): string[][] {
  return tests.map((names) => {
    if (names === null) return [findTestsBeside(file, all)];
    return names.map((test) => {
      const found = all.filter((path) => `/${path}`.endsWith(`/${test}.test.ts`));
      const shared = found.map((path) => countSharedFolders(path, file));
      const nearest = found.filter((_path, at) => shared[at] === Math.max(...shared));
      const [only] = nearest;
      if (only !== undefined && nearest.length === 1) return only;
      throw new Error(`${file}: ${name}: ${nearest.length} tests have the name ${test}`);
    });
  });
}

function countSharedFolders(one: string, other: string): number {
  const [left, right] = [one.split('/'), other.split('/')];
  const differs = left.findIndex((folder, at) => folder !== right[at]);
  return differs < 0 ? left.length : differs;
}

/** The test of the file itself, or all of its folder. */
function findTestsBeside(file: string, all: readonly string[]): string {
  const own = file.replace(/\.ts$/, '.test.ts');
  if (all.includes(own)) return own;
  const folder = posix.dirname(file);
  if (all.some((path) => path.startsWith(`${folder}/`))) return folder;
  throw new Error(`${file}: there is no test beside it`);
}

interface Comment {
  readonly at: number;
  readonly text: string;
  /** The outermost node that begins after the comment; undefined when there is none. */
  readonly anchor: ts.Node | undefined;
}

function parse(source: string): ts.SourceFile {
  return ts.createSourceFile('mutant.ts', source, ts.ScriptTarget.Latest, true);
}

/** The comments by their positions. Lines that are indented further continue a comment. */
function listComments(file: ts.SourceFile): Map<number, Comment> {
  const anchors = new Map<number, ts.Node>();
  const visit = (node: ts.Node): void => {
    if (!anchors.has(node.getStart())) anchors.set(node.getStart(), node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  const comments = new Map<number, Comment>();
  for (const [start, anchor] of anchors) {
    for (const { pos, text } of readTrivia(file.text, anchor.getFullStart(), start))
      comments.set(pos, { at: pos, text, anchor });
  }
  return comments;
}

function readTrivia(source: string, from: number, to: number): { pos: number; text: string }[] {
  const ranges = [
    ...(ts.getTrailingCommentRanges(source, from) ?? []),
    ...(ts.getLeadingCommentRanges(source, from) ?? []),
  ].filter(({ end }) => end <= to);
  const found: { pos: number; text: string }[] = [];
  let open = false;
  for (const { pos, end } of ranges) {
    const text = source.slice(pos, end);
    const last = found.at(-1);
    if (open && last !== undefined && text.startsWith('//   ')) {
      last.text += ` ${text.slice(2).trim()}`;
      continue;
    }
    open = /^\/[/*] mutant /.test(text);
    if (open) found.push({ pos, text });
  }
  return found;
}
