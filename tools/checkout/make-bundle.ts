import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { buildInto } from '../build.ts';
import { placeOfBundles } from './find-bundle.js';

/** Of all checkouts that share these node_modules. A server may still load pieces of an old one. */
const KEPT_BUNDLES = 6;
/**
 * What the bundle reads beside its code (src/entrypoints/compose/installation.ts), and its command,
 * as the package has it: that one does not ask again whether a source has changed.
 */
const PARTS = ['package.json', 'data/advisories-sample.ndjson', 'bin/waybill.js'];
/** A file that changed while it was bundled is seen as changed by the next command. */
const RACE_MS = 100;

/**
 * Bundles the sources of a checkout for the commands that follow, and returns the folder. Null
 * where that is not possible, such as without the tools of development or where nothing can be
 * written: then the sources run as they are.
 */
export async function makeBundle(root: string): Promise<string | null> {
  try {
    return await make(root);
  } catch {
    return null;
  }
}

async function make(root: string): Promise<string> {
  const { folder, note } = placeOfBundles(root);
  mkdirSync(folder, { recursive: true });
  const made = mkdtempSync(join(folder, 'bundle-'));
  // By the clock of the disk: that of a command may be wrong.
  const started = statSync(made).mtimeMs;
  const modules = await buildInto(root, { dist: join(made, 'dist'), page: false });
  for (const part of PARTS) cpSync(join(root, part), join(made, part));
  const read = [...listWatched(root, modules), ...PARTS];
  const inputs = read.map((path) => {
    const { mtimeMs, size } = statSync(join(root, path));
    return [path, mtimeMs > started - RACE_MS ? -1 : mtimeMs, size] as const;
  });
  writeFileSync(join(made, 'note.json'), JSON.stringify({ folder: made, inputs }));
  renameSync(join(made, 'note.json'), note);
  removeOld(folder);
  return made;
}

/**
 * The files whose state says whether the bundle is still that of the checkout. npm notes each
 * change of packages in one file: to ask for the state of a thousand of theirs would take as long
 * as the command. Remove the bundles after you edit a package by hand.
 */
function listWatched(root: string, modules: readonly string[]): readonly string[] {
  const all = modules.map((path) => relative(root, path));
  if (!existsSync(join(root, INSTALLED))) return all;
  return [...all.filter((path) => !/(?:^|[\\/])node_modules[\\/]/.test(path)), INSTALLED];
}

const INSTALLED = 'node_modules/.package-lock.json';

function removeOld(folder: string): void {
  const bundles = readdirSync(folder)
    .filter((name) => name.startsWith('bundle-'))
    .map((name) => join(folder, name))
    .map((path) => ({ path, ms: statSync(path).mtimeMs }))
    .sort((one, other) => other.ms - one.ms);
  for (const { path } of bundles.slice(KEPT_BUNDLES))
    rmSync(path, { recursive: true, force: true });
}
