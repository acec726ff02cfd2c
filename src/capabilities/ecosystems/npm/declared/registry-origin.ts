import { cutBefore } from '../../../../formats/text/cut.ts';
import { parseArchiveRegistry, parseRegistry } from '../../component-registry.ts';
import type { RegistrySource } from '../../dependency.ts';
import type { LockEntry } from '../lock/read-lock.ts';
import type { NpmProject } from './npm-project.ts';
import { findConfiguredRegistry, type Npmrc } from './npmrc.ts';
import { isGit, isPath, leavesTree } from './requirement.ts';

interface RegistryOrigin {
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
}

/**
 * Only the address in the lock is known; another machine may override what is configured.
 */
export function findRegistry(project: NpmProject, entry: LockEntry): RegistryOrigin {
  const { resolved } = entry;
  if (resolved !== null && isPath(resolved))
    return {
      registry: null,
      registryFrom: leavesTree(resolved.replace(/^\w+:/, '')) ? 'default' : 'tree',
    };
  if (resolved === null && entry.bundled) {
    const parent = project.lock?.entries.get(
      entry.key.slice(0, Math.max(entry.key.lastIndexOf('/node_modules/'), 0)),
    );
    if (parent !== undefined && parent.version !== null) return findRegistry(project, parent);
  }
  const recorded =
    resolved === null
      ? null
      : isGit(resolved)
        ? parseGitHost(resolved)
        : parseArchiveRegistry(resolved, entry.name);
  const configured = findConfiguredRegistry(project.npmrc, entry.name);
  if (recorded !== null && !isReplaced(project.npmrc, recorded, configured))
    return { registry: recorded, registryFrom: 'lock' };
  return {
    registry: configured ?? null,
    registryFrom: findRegistrySource(project.npmrc, entry.name),
  };
}

export function findRegistrySource(npmrc: Npmrc, name: string): RegistrySource {
  return findConfiguredRegistry(npmrc, name) === undefined ? 'default' : 'configured';
}

/**
 * `replace-registry-host` makes npm take recorded addresses from the configured registry instead.
 */
function isReplaced(
  npmrc: Npmrc,
  recorded: string,
  configured: string | null | undefined,
): boolean {
  if (configured === undefined || configured === recorded) return false;
  const host = recorded.split('/')[0] ?? '';
  const { replaceRegistryHost } = npmrc;
  // npm's default, without a setting in .npmrc, means the public registry.
  if (replaceRegistryHost === 'npmjs') return host === `registry.${replaceRegistryHost}.org`;
  return replaceRegistryHost === 'always' || replaceRegistryHost === host;
}

/** Host and path of a repository. */
export function parseGitHost(resolved: string): string | null {
  const short = /^(github|gitlab|bitbucket):(.*)$/i.exec(resolved);
  if (short !== null) return `${short[1]?.toLowerCase()}/${cutBefore(short[2] ?? '', '#')}`;
  const url = cutBefore(resolved, '#').replace(/^(git\+ssh:\/\/[^/:]+):(?!\d+\/)/i, '$1/');
  return parseRegistry(url)?.replace(/\.git$/, '') ?? null;
}

/** A note for the user: the lock and .npmrc name different registries. */
export function addNote(why: string, project: NpmProject, entry: LockEntry): string {
  const { registry, registryFrom } = findRegistry(project, entry);
  const configured = findConfiguredRegistry(project.npmrc, entry.name);
  if (
    registryFrom !== 'lock' ||
    configured === undefined ||
    configured === registry ||
    isGit(entry.resolved ?? '')
  )
    return why;
  return `${why}; .npmrc names ${configured ?? 'a registry that only the environment sets'}`;
}
