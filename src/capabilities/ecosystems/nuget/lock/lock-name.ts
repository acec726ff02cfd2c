import { takeBaseName, takeDirectory } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { joinPath } from '../msbuild/paths.ts';

/** `packages.lock.json`, and `packages.NAME.lock.json` for one project of several in a folder. */
export const isPackagesLock = wantFiles({
  endings: ['.lock.json'],
  where: (path) => /^packages(?:\..+)?\.lock\.json$/.test(takeBaseName(path)),
});

/**
 * The lock of a project, as NuGet looks for it: where `NuGetLockFilePath` says (`setting`), else by
 * the name of the project, else that of its folder. Null where none is there.
 */
export function selectLock<T extends { readonly file: string }>(
  project: string,
  setting: string | null,
  locks: readonly T[],
): T | null {
  const folder = takeDirectory(project);
  if (setting !== null) return locks.find(({ file }) => fits(file, folder, setting)) ?? null;
  const name = takeBaseName(project)
    .replace(/\.[^.]+$/, '')
    .replaceAll(' ', '_');
  const find = (base: string): T | undefined =>
    locks.find(({ file }) => file === joinPath(folder, base));
  return find(`packages.${name}.lock.json`) ?? find('packages.lock.json') ?? null;
}

const PROJECT_FOLDER = '$(MSBuildProjectDirectory)';

/** What a property stands for is not known: it may be any text. */
function fits(file: string, folder: string, setting: string): boolean {
  const plain = setting.replaceAll('\\', '/').replace(PROJECT_FOLDER, '.');
  const path = joinPath(folder, plain.replaceAll(/\$\([\w.]*\)/g, '*'));
  if (path === null) return false;
  const [first = '', ...rest] = path.split('*');
  const last = rest.at(-1);
  if (last === undefined) return file === first;
  return file.length >= first.length + last.length && file.startsWith(first) && file.endsWith(last);
}
