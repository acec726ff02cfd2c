import { existsSync, lstatSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { attempt, fail, failed, ok, type Result } from '../../core/result.ts';
import { isBelow } from '../../system/files/is-below.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import {
  detectOwnership,
  formatHookScript,
  HOOK_NAMES,
  type HookName,
  type HookProgram,
  type HookSide,
  KEPT_SUFFIX,
} from './hook-script.ts';
import type { GitRepository, GitSetting } from './repository.ts';

export interface HookChange {
  readonly name: HookName;
  readonly path: string;
  readonly did: 'installed' | 'renewed' | 'removed' | 'left';
  /** Path of the hook that was there before, and that runs first. Null if there was none. */
  readonly kept: string | null;
}

interface HookPlace {
  readonly name: HookName;
  readonly path: string;
  readonly kept: string;
  readonly state: 'none' | 'ours' | 'changed' | 'foreign';
}

/**
 * Puts the commit gate in front of commits and pushes, after the hooks that are already there. It
 * installs all hooks or none.
 */
export async function installHooks(
  repository: GitRepository,
  program: HookProgram,
  side: HookSide = 'person',
): Promise<Result<readonly HookChange[]>> {
  const folder = await findHooksFolder(repository, side);
  if (!folder.ok) return folder;
  return attempt(async () => {
    makeFolders(folder.value);
    const places = HOOK_NAMES[side].map((name) => inspectHook(folder.value, name));
    for (const place of places) refuseToReplace(place);
    return places.map((place) => installHook(place, program));
  });
}

/** Removes our hooks and restores the earlier hooks, byte for byte. */
export async function uninstallHooks(
  repository: GitRepository,
  side: HookSide = 'person',
): Promise<Result<readonly HookChange[]>> {
  const folder = await findHooksFolder(repository, side);
  if (!folder.ok) return folder;
  return attempt(async () => {
    const places = HOOK_NAMES[side].map((name) => inspectHook(folder.value, name));
    for (const place of places) if (place.state === 'changed') throw changedHook(place);
    return places.map(uninstallHook);
  });
}

/**
 * Only the hooks of this repository. A folder that all repositories share, or one that is
 * committed, belongs to someone else.
 */
async function findHooksFolder(repository: GitRepository, side: HookSide): Promise<Result<string>> {
  if (side === 'person' && (repository.isBare || repository.topLevel === null)) {
    return fail(
      'USAGE',
      'a bare repository has no work tree, so the hooks would never run',
      'Install the hooks in a repository with a work tree; for a server: waybill hook install ' +
        '--server.',
    );
  }
  const configured = await repository.readSettings('core.hooksPath', 'path');
  if (!configured.ok) return configured;
  const setting = configured.value.at(-1);
  if (setting === undefined) return ok(join(repository.commonFolder, 'hooks'));
  const folder = resolve(repository.topLevel ?? repository.gitFolder, setting.value);
  const isOwn = setting.scope === 'local' || setting.scope === 'worktree';
  const isInside = [repository.commonFolder, repository.gitFolder].some((top) =>
    isBelow(folder, top),
  );
  return isOwn && isInside ? ok(folder) : failed(notOurs(folder, setting));
}

function notOurs(folder: string, { scope }: GitSetting): Failure {
  const whose =
    scope === 'local' || scope === 'worktree'
      ? 'another tool or the work tree'
      : 'all repositories';
  return new Failure(
    'USAGE',
    `core.hooksPath (${scope}) sends git to the hooks of ${whose}: ${folder}`,
    'Add to its pre-commit: waybill gate commit --staged; to its pre-push: waybill gate commit ' +
      '--push; on a server to its pre-receive: waybill gate commit --receive.',
  );
}

function inspectHook(folder: string, name: HookName): HookPlace {
  const path = join(folder, name);
  return { name, path, kept: `${path}${KEPT_SUFFIX}`, state: readState(path) };
}

function readState(path: string): HookPlace['state'] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'none';
  if (stats.isDirectory())
    throw new Failure(
      'FILE_UNREADABLE',
      `${path} is a folder`,
      'Remove the folder; git only runs files.',
    );
  return stats.isFile() && stats.size < SCRIPT_BYTES_MAX
    ? detectOwnership(readFileSync(path, 'utf8'))
    : 'foreign';
}

const SCRIPT_BYTES_MAX = 64 * 1024;

function refuseToReplace(place: HookPlace): void {
  if (place.state === 'changed') throw changedHook(place);
  const isThere = lstatSync(place.kept, { throwIfNoEntry: false }) !== undefined;
  if (!isThere || place.state === 'ours') return;
  throw new Failure(
    'USAGE',
    `${place.kept} is left from an earlier installation, and ${place.name} is now another hook`,
    'Keep one of the two as the hook, remove the other, and install again.',
  );
}

function changedHook({ path }: HookPlace): Failure {
  return new Failure(
    'USAGE',
    `${path} was written by Waybill and has been changed since`,
    'Save the added lines, and remove the file.',
  );
}

function installHook({ name, path, kept, state }: HookPlace, program: HookProgram): HookChange {
  const script = new TextEncoder().encode(formatHookScript(name, program));
  if (state === 'foreign') renameSync(path, kept);
  try {
    // Set the mode explicitly: git skips a hook that is not executable, and the umask may remove
    // the bit.
    writeWhole(path, script, 0o755, { exactMode: true });
  } catch (thrown) {
    if (state === 'foreign' && !existsSync(path)) renameSync(kept, path);
    throw thrown;
  }
  return {
    name,
    path,
    did: state === 'ours' ? 'renewed' : 'installed',
    kept: isThere(kept) ? kept : null,
  };
}

function uninstallHook({ name, path, kept, state }: HookPlace): HookChange {
  if (state !== 'ours') return { name, path, did: 'left', kept: null };
  const hadOne = isThere(kept);
  if (hadOne) renameSync(kept, path);
  else rmSync(path);
  return { name, path, did: 'removed', kept: hadOne ? path : null };
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
