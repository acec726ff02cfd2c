import type { TextEdit } from '../../../../formats/text/edits.ts';
import { takeBaseName } from '../../extractor.ts';
import type { FileText } from '../../fix.ts';
import { LINKED_FORMATS } from '../linked/lock-table.ts';
import { LOCK_NAMES } from '../lock/lock-files.ts';

/** How a package manager is told what to install. */
export interface FixTool {
  readonly locks: readonly string[];
  /** Writes the lock of a folder again; the folder is empty for the current one. */
  readonly command: (folder: string, lock: string) => string;
  /** Where a package.json sets versions, no matter who asks for them; null where nothing does. */
  readonly overrides: readonly string[] | null;
  /** Whether a lock has the manifest of a folder below it, by its path from the lock. */
  readonly names: (lock: string, key: string) => boolean;
}

const NPM: FixTool = {
  locks: LOCK_NAMES,
  command: (folder) => `npm install --package-lock-only${option(' --prefix ', folder)}`,
  overrides: ['overrides'],
  names: (lock, key) => lock.includes(JSON.stringify(key)),
};
const PNPM: FixTool = {
  locks: ['pnpm-lock.yaml'],
  command: (folder) => `pnpm install --lockfile-only${option(' --dir ', folder)}`,
  overrides: ['pnpm', 'overrides'],
  names: (lock, key) => lock.includes(`\n  ${key}:`),
};
const YARN: FixTool = {
  locks: ['yarn.lock'],
  command: (folder, lock) => {
    const mode = isBerry(lock) ? ' --mode=update-lockfile' : '';
    return `yarn${option(' --cwd ', folder)} install${mode}`;
  },
  overrides: ['resolutions'],
  // A lock of Yarn 1 names no folder.
  names: (lock, key) => !isBerry(lock) || lock.includes(`@workspace:${key}"`),
};
const BUN: FixTool = {
  locks: ['bun.lock'],
  command: (folder) => `bun install --lockfile-only${option(' --cwd ', folder)}`,
  overrides: ['overrides'],
  names: NPM.names,
};
const DENO: FixTool = {
  locks: ['deno.lock'],
  command: (folder) => `${folder === '' ? '' : `cd ${quoteFolder(folder)} && `}deno install`,
  overrides: null,
  names: NPM.names,
};
const TOOLS = [NPM, PNPM, YARN, BUN, DENO];

function isBerry(lock: string): boolean {
  return lock.includes('__metadata:');
}

/** The files of a folder that a plan reads. */
export const READ_NAMES: readonly string[] = [
  'package.json',
  'pnpm-workspace.yaml',
  ...LOCK_NAMES,
  ...LINKED_FORMATS.map(({ fileName }) => fileName),
];

/** The package manager of a lock; npm for every other file. */
export function findTool(file: string): FixTool {
  const name = takeBaseName(file);
  return TOOLS.find(({ locks }) => locks.includes(name)) ?? NPM;
}

/** The lock beside a manifest, or the nearest above that knows its folder. */
export function findLock(
  texts: ReadonlyMap<string, FileText>,
  manifest: string,
): { readonly file: string; readonly key: string } | null {
  for (const folder of listFoldersAbove(manifest).toReversed()) {
    const key = manifest.slice(folder.length).replace(/\/?(?:package\.json|deno\.jsonc?)$/, '');
    for (const { locks, names } of TOOLS)
      for (const name of locks) {
        const lock = texts.get(folder + name);
        if (lock !== undefined && (key === '' || names(lock.text, key)))
          return { file: folder + name, key };
      }
  }
  return null;
}

export function takeFolder(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

export function listFoldersAbove(file: string): readonly string[] {
  const folders = [''];
  for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1))
    folders.push(file.slice(0, slash + 1));
  return folders;
}

function option(name: string, folder: string): string {
  return folder === '' ? '' : `${name}${quoteFolder(folder)}`;
}

function quoteFolder(folder: string): string {
  const path = folder.replace(/\/$/, '');
  return /^[\w./@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Versions in the `overrides` of a pnpm-workspace.yaml; null where they are in another form. */
export function addWorkspaceOverrides(
  yaml: string,
  versions: readonly (readonly [string, string])[],
): TextEdit | null {
  const end = yaml.includes('\r\n') ? '\r\n' : '\n';
  const lines = versions.map(([name, version]) => `  '${name}': '${version}'${end}`).join('');
  const own = /^overrides:[ \t]*\r?\n/m.exec(yaml);
  if (own !== null) {
    const at = own.index + own[0].length;
    return { start: at, end: at, text: lines };
  }
  if (/^overrides[ \t]*:|^['"]overrides['"]/m.test(yaml)) return null;
  const gap = yaml === '' || yaml.endsWith('\n') ? '' : end;
  return { start: yaml.length, end: yaml.length, text: `${gap}overrides:${end}${lines}` };
}
