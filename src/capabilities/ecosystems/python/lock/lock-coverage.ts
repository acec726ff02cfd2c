import type { Skip } from '../../component.ts';
import {
  type CoverageCheck,
  createSkip,
  type PackageRequest,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { meetsSpec } from '../manifest/python-manifest.ts';
import {
  type LockedPackage,
  listMemberFolders,
  type PythonLock,
  quoteName,
} from './python-lock.ts';

const REMEDIES: Readonly<Record<PythonLock['tool'], string>> = {
  uv: 'Lock it again: uv lock.',
  poetry: 'Lock it again: poetry lock.',
  pdm: 'Lock it again: pdm lock.',
  pipenv: 'Lock it again: pipenv lock.',
  pylock: 'Lock it again with the tool that wrote the lock.',
};

/** What a lock lacks of the manifests that it is for. */
export function createLockCheck(lock: PythonLock): CoverageCheck {
  const byName = Map.groupBy(lock.packages, ({ name }) => name);
  const folders = listMemberFolders(lock);
  const home = takeDirectory(lock.file);
  return (manifest) => {
    const folder = takeDirectory(manifest.path);
    // mutant lock-of-a-script by script-header: condition -> false
    if (lock.file === `${manifest.path}.lock`) return findDisagreements(lock, manifest, byName);
    if (!belongsTo(lock, manifest, folders)) return null;
    if (lock.tool === 'uv' && folder === home && !hasOwn(lock, folder)) {
      // A script's lock, or that of a folder without a project of its own.
      if (manifest.requests.length > 0 || lock.file.endsWith('.py.lock')) return null;
    }
    return findDisagreements(lock, manifest, byName);
  };
}

const PROJECT_FILES = new Set(['pyproject.toml', 'setup.cfg', 'setup.py']);

function belongsTo(
  { tool }: PythonLock,
  { path }: ProjectManifest,
  folders: ReadonlySet<string>,
): boolean {
  const base = takeBaseName(path);
  // mutant lock-of-another-folder by python-coverage: condition -> false
  if (!folders.has(takeDirectory(path))) return false;
  return tool === 'pipenv' ? base === 'Pipfile' : PROJECT_FILES.has(base);
}

function hasOwn({ packages }: PythonLock, folder: string): boolean {
  return packages.some(({ source }) => source.kind === 'folder' && source.path === folder);
}

function findDisagreements(
  lock: PythonLock,
  { path, requests }: ProjectManifest,
  byName: ReadonlyMap<string, readonly LockedPackage[]>,
): readonly Skip[] {
  const flaws = requests.flatMap((request) => {
    const why = judgeRequest(lock, request, byName.get(request.name) ?? []);
    return why === null ? [] : [why];
  });
  const [first] = flaws;
  // mutant python-lock-out-of-step by python-coverage: condition -> true
  if (first === undefined) return [];
  const more = flaws.length > 1 ? ` (and ${flaws.length - 1} more)` : '';
  const why = `${first}${more}: ${path} and the lock disagree`;
  return [createSkip(lock.file, 'FACT_UNKNOWN', why, REMEDIES[lock.tool])];
}

/** Null where the lock has what is asked for. */
export function judgeRequest(
  lock: PythonLock,
  { name, spec, kind }: PackageRequest,
  found: readonly LockedPackage[],
): string | null {
  if (found.length === 0) {
    const mayLack = kind === 'optional-peer' || (kind === 'optional' && !lock.isWhole);
    return mayLack ? null : `it lacks ${quoteName(name)}`;
  }
  if (found.some(({ version }) => meetsSpec(version, spec))) return null;
  // What is only required in some environments may be locked for others.
  if (kind === 'optional-peer') return null;
  return `it has ${name} ${found[0]?.version ?? ''}, which ${quoteName(spec)} does not allow`;
}
