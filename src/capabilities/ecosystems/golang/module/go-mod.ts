import { toFailure } from '../../../../core/failure.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import { takeDirectory } from '../../extractor.ts';
import { isModulePath, isModuleVersion } from '../go-draft.ts';
import { type GoLine, type GoWord, readGoLines } from './go-lines.ts';

/** A module that a go.mod names, in one version. */
export interface GoRequirement {
  readonly path: string;
  readonly version: string;
  /** Only what others of it need (`// indirect`). */
  readonly isIndirect: boolean;
  readonly line: number;
  /** Where the version is written. */
  readonly word: GoWord;
}

export interface GoReplacement {
  readonly path: string;
  /** Null for every version. */
  readonly version: string | null;
  readonly to:
    | {
        readonly kind: 'module';
        readonly path: string;
        readonly version: string;
        readonly word: GoWord;
      }
    /** As written; relative to the folder of the file, or absolute. */
    | { readonly kind: 'folder'; readonly folder: string };
  readonly line: number;
}

/** A place that Go would not understand, or that this version does not. */
export interface GoFlaw {
  readonly line: number;
  readonly why: string;
}

/** A go.mod (go.dev/ref/mod#go-mod-file). */
export class GoModFile {
  readonly file: string;
  readonly folder: string;
  module: string | null = null;
  /** `1.21`, `1.22.3`, of the directive `go`. */
  go: string | null = null;
  toolchain: string | null = null;
  readonly requirements: GoRequirement[] = [];
  readonly replacements: GoReplacement[] = [];
  /** `PATH@VERSION` that may not be chosen. */
  readonly excluded = new Set<string>();
  readonly flaws: GoFlaw[] = [];

  constructor(file: string) {
    this.file = file;
    this.folder = takeDirectory(file);
  }
}

/** A go.work (go.dev/ref/mod#workspaces). */
export class GoWorkFile {
  readonly file: string;
  readonly folder: string;
  go: string | null = null;
  /** Folders of modules, as written. */
  readonly uses: { readonly folder: string; readonly line: number }[] = [];
  readonly replacements: GoReplacement[] = [];
  readonly flaws: GoFlaw[] = [];

  constructor(file: string) {
    this.file = file;
    this.folder = takeDirectory(file);
  }
}

/** Directives that bring no modules into a build; `tool` names packages of required modules. */
const WITHOUT_MODULES: ReadonlySet<string> = new Set(['retract', 'godebug', 'tool', 'ignore']);

export function parseGoMod(file: string, bytes: Uint8Array): Result<GoModFile> {
  return attemptParse(() => {
    const found = new GoModFile(file);
    for (const line of readGoLines(bytes)) readModLine(found, line);
    findConflicts(found);
    if (found.module === null) found.flaws.push({ line: 1, why: 'it names no module' });
    return found;
  });
}

export function parseGoWork(file: string, bytes: Uint8Array): Result<GoWorkFile> {
  return attemptParse(() => {
    const found = new GoWorkFile(file);
    for (const line of readGoLines(bytes)) readWorkLine(found, line);
    findConflicts(found);
    return found;
  });
}

function attemptParse<T>(parse: () => T): Result<T> {
  try {
    return ok(parse());
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

function readModLine(found: GoModFile, line: GoLine): void {
  const { verb, words } = line;
  const [one, two] = words;
  if (verb === 'module' && words.length === 1 && found.module === null)
    found.module = one?.text ?? '';
  else if (verb === 'go' && words.length === 1) found.go = one?.text ?? '';
  else if (verb === 'toolchain' && words.length === 1) found.toolchain = one?.text ?? '';
  else if (verb === 'require' && words.length === 2 && one !== undefined && two !== undefined)
    addRequirement(found, line, one.text, two);
  else if (verb === 'exclude' && words.length === 2)
    found.excluded.add(`${one?.text}@${two?.text}`);
  else if (verb === 'replace') addReplacement(found, line);
  else if (!WITHOUT_MODULES.has(verb))
    found.flaws.push({ line: line.line, why: `a line of ${quote(verb)} is not understood` });
}

function readWorkLine(found: GoWorkFile, line: GoLine): void {
  const { verb, words } = line;
  const [one] = words;
  if (verb === 'go' && words.length === 1) found.go = one?.text ?? '';
  else if (verb === 'use' && words.length === 1 && one !== undefined)
    found.uses.push({ folder: one.text, line: line.line });
  else if (verb === 'replace') addReplacement(found, line);
  else if (verb !== 'toolchain' && !WITHOUT_MODULES.has(verb))
    found.flaws.push({ line: line.line, why: `a line of ${quote(verb)} is not understood` });
}

function addRequirement(
  found: GoModFile,
  { line, comment }: GoLine,
  path: string,
  word: GoWord,
): void {
  const version = word.text;
  // mutant go-requirement-of-a-branch by go-tree: condition -> false
  if (!isModulePath(path) || !isModuleVersion(version)) {
    const why = `it requires ${quote(`${path} ${version}`)}, which names no module and version`;
    found.flaws.push({ line, why });
    return;
  }
  // modfile, isIndirect: alone, or with a semicolon and more behind it.
  const isIndirect = comment === 'indirect' || comment.startsWith('indirect;');
  found.requirements.push({ path, version, isIndirect, line, word });
}

/** `OLD [VERSION] => FOLDER` or `OLD [VERSION] => NEW VERSION`. */
function addReplacement(found: GoModFile | GoWorkFile, { words, line }: GoLine): void {
  const arrow = words.findIndex(({ text }) => text === '=>');
  const [old, oldVersion] = words.slice(0, Math.max(arrow, 0));
  const [target, word, ...rest] = words.slice(arrow + 1);
  const isSound = arrow === 1 || arrow === 2;
  if (!isSound || old === undefined || target === undefined || rest.length > 0) {
    found.flaws.push({ line, why: 'a replacement is not understood' });
    return;
  }
  const from = { path: old.text, version: oldVersion?.text ?? null, line };
  if (word === undefined)
    found.replacements.push({ ...from, to: { kind: 'folder', folder: target.text } });
  else if (isModulePath(target.text) && isModuleVersion(word.text))
    found.replacements.push({
      ...from,
      to: { kind: 'module', path: target.text, version: word.text, word },
    });
  else
    found.flaws.push({
      line,
      why: `${quote(old.text)} is replaced by ${quote(`${target.text} ${word.text}`)}, which names no module and version`,
    });
}

/** Go refuses two replacements of one module (modload, "conflicting replacements"). */
function findConflicts({ replacements, flaws }: GoModFile | GoWorkFile): void {
  const known = new Map<string, string>();
  for (const { path, version, to, line } of replacements) {
    const key = `${path}@${version ?? ''}`;
    const target = to.kind === 'folder' ? to.folder : `${to.path}@${to.version}`;
    const other = known.get(key);
    if (other !== undefined && other !== target)
      flaws.push({ line, why: `${quote(path)} is replaced twice, and differently` });
    known.set(key, target);
  }
}

export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
