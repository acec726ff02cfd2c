import satisfies from 'semver/functions/satisfies.js';
import parseVersion from 'semver/functions/valid.js';
import parseRange from 'semver/ranges/valid.js';
import { encodePercent } from '../../../../core/percent.ts';
import { parseRegistry } from '../../component-registry.ts';
import type { LockEntry } from '../lock/read-lock.ts';
import { isInPlainRange } from './plain-range.ts';

/** What decides whether a locked or installed package is the required one. */
type NamedPackage = Pick<LockEntry, 'key' | 'name' | 'resolved'>;

export function allowsVersion(spec: string, entry: NamedPackage, version: string): boolean {
  const alias = parseAlias(spec);
  if (alias !== null && alias.name !== entry.name) return false;
  if (
    alias === null &&
    entry.name !== entry.key.slice(entry.key.lastIndexOf('node_modules/') + 13)
  ) {
    if (!isAddress(spec) && !isPath(spec)) return false;
  }
  const range = alias === null ? spec : alias.range;
  const commit = /#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(spec)?.[1];
  if (commit !== undefined && isAddress(spec))
    return entry.resolved?.endsWith(`#${commit}`) === true;
  if (isAddress(range)) return isFromSource(range, entry.resolved);
  if (isPath(range)) return entry.resolved === null || isPath(entry.resolved);
  const plain = isInPlainRange(version, range);
  if (plain !== null) return plain;
  const valid = parseRange(range, { loose: true });
  // A text that is not a range is a tag, where it can be one: the lock then names the version.
  if (valid === null) return encodePercent(range) === range;
  return (
    satisfies(version, valid, { loose: true }) || parseVersion(version, { loose: true }) === null
  );
}

/**
 * A repository, or exactly the requested archive; also for hosts whose addresses mean a repository.
 */
function isFromSource(spec: string, resolved: string | null): boolean {
  if (resolved === null) return false;
  if (isGit(resolved)) return !/\.t(?:ar\.)?gz(?:[?#]|$)/i.test(spec);
  return /^https?:/i.test(spec) && parseRegistry(spec) === parseRegistry(resolved);
}

/** `npm:@scope/name@^1`: another package under this name. */
export function parseAlias(spec: string): { readonly name: string; readonly range: string } | null {
  const [, name, range] = /^npm:((?:@[^/@\s]+\/)?[^/@\s]+)(?:@(.*))?$/.exec(spec.trim()) ?? [];
  return name === undefined ? null : { name, range: range ?? '*' };
}

export function isAddress(spec: string): boolean {
  return (
    /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github:|gitlab:|bitbucket:|gist:)/i.test(spec) ||
    /^[\w.-]+\/[\w.-]+(?:#.*)?$/.test(spec)
  );
}

export function isGit(resolved: string): boolean {
  return /^(?:git(?:\+[a-z]+)?:|git@|github:|gitlab:|bitbucket:)/i.test(resolved);
}

export function isPath(spec: string): boolean {
  return /^(?:file:|link:|workspace:|\.{0,2}\/|~\/)/.test(spec);
}

export function leavesTree(path: string): boolean {
  return (
    /^(?:[\\/]|[A-Za-z]:|~|[a-z][a-z0-9+.-]*:\/\/)/i.test(path) ||
    path.split(/[\\/]/).includes('..')
  );
}
