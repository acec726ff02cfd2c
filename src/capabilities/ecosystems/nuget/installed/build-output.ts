import { takeDirectory } from '../../extractor.ts';

/** What a restore found, below the folder of the project. */
const ASSETS = 'obj/project.assets.json';
const LOCKS = ['packages.lock.json', 'packages.config'];

/**
 * Whether a file lies in the output of a build (`bin`, `obj`) of a project whose packages another
 * file names: what an older build left says nothing of the next one.
 */
export function isBuildOutput(path: string, paths: ReadonlySet<string>): boolean {
  for (let folder = takeDirectory(path); folder !== ''; folder = takeDirectory(folder)) {
    if (!/(?:^|\/)(?:bin|obj)$/.test(folder)) continue;
    const project = takeDirectory(folder);
    const below = project === '' ? '' : `${project}/`;
    const names = path === below + ASSETS ? LOCKS : [...LOCKS, ASSETS];
    // mutant stale-output-of-a-build: condition -> false
    if (names.some((name) => paths.has(below + name))) return true;
  }
  return false;
}
