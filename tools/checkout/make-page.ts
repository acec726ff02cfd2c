import {
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildPage } from '../page/build-page.ts';

/**
 * Builds the page of a checkout into its cache if a file of it has changed since, and returns its
 * folder (src/entrypoints/compose/installation.ts reads it there). Takes a second the first time,
 * and a few milliseconds after that.
 */
export async function makePage(root: string): Promise<string> {
  const cache = join(root, 'node_modules/.cache/waybill');
  const [folder, note] = [join(cache, 'page'), join(cache, 'page.json')];
  const state = JSON.stringify([root, ...readState(root)]);
  if (isSame(note, state)) return folder;
  mkdirSync(cache, { recursive: true });
  rmSync(note, { force: true });
  // Another process may build at the same time: each renames a whole folder of its own.
  const made = join(cache, `page-${process.pid}`);
  await buildPage(root, made);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
  writeFileSync(note, state);
  return folder;
}

/** Path, time and size of each source, and of the note that npm keeps about packages. */
function readState(root: string): readonly (readonly [string, number, number])[] {
  const sources = globSync(['web/{*,src/**/*}', 'tools/page/*'], { cwd: root }).sort();
  return [...sources, 'node_modules/.package-lock.json'].flatMap((path) => {
    const state = statSync(join(root, path), { throwIfNoEntry: false });
    return state?.isFile() === true ? [[path, state.mtimeMs, state.size] as const] : [];
  });
}

function isSame(note: string, state: string): boolean {
  try {
    return readFileSync(note, 'utf8') === state;
  } catch {
    return false;
  }
}
