import { takeBaseName, takeDirectory } from '../../extractor.ts';

/** Locks that one command raises one package of. */
export const LOCK_NAMES = [
  'uv.lock',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
  'pylock.toml',
] as const;

export interface LockPlace {
  readonly file: string;
  readonly folder: string;
}

export function findLockPlace(file: string): LockPlace {
  return { file, folder: takeDirectory(file) };
}

/** The command that raises one package in a lock; null where no tool has one. */
export function writeUpgrade(
  { file, folder }: LockPlace,
  name: string,
  version: string,
): string | null {
  const place = quote(folder);
  const where = (option: string): string => (folder === '' ? '' : ` ${option} ${place}`);
  switch (takeBaseName(file)) {
    case 'uv.lock':
      return `uv lock${where('--directory')} --upgrade-package ${quote(`${name}==${version}`)}`;
    case 'poetry.lock':
      return `poetry update --lock${where('--directory')} ${name}`;
    case 'pdm.lock':
      return `pdm update --no-sync${where('--project')} ${name}`;
    case 'Pipfile.lock': {
      const pipfile = folder === '' ? '' : `PIPENV_PIPFILE=${quote(`${folder}/Pipfile`)} `;
      return `${pipfile}pipenv upgrade ${quote(`${name}==${version}`)}`;
    }
    default:
      return null;
  }
}

/** Poetry and PDM take no version of a locked package: they take the newest that is allowed. */
export function describeChoice({ file }: LockPlace): string {
  return /(?:^|\/)(?:poetry|pdm)\.lock$/.test(file) ? ' or a later version that is allowed' : '';
}

export function quote(text: string): string {
  return /^[\w./@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
