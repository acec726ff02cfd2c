import { LIMITS } from '../../../core/limits.ts';
import { parseRegistry } from '../component-registry.ts';
import type { FileMentions, Mention, MentionReader } from '../ecosystem.ts';
import { takeBaseName } from '../extractor.ts';
import { listNpmrcRegistries } from './declared/npmrc.ts';
import { isNpmLock } from './lock/lock-files.ts';
import { readLock } from './lock/read-lock.ts';

/** The registries that `.npmrc` sets, and the registries of the packages in a lock. */
export const npmMentions: MentionReader = {
  wants: (path) => takeBaseName(path) === '.npmrc' || isNpmLock(path),
  bytesMax: (path) => (isNpmLock(path) ? LIMITS.fileBytesMax : LIMITS.surveyFileBytesMax),
  read: (path, text): FileMentions => ({
    registries: isNpmLock(path) ? listLockRegistries(path, text) : listConfigured(path, text),
    images: [],
  }),
};

/** Tokens are in other keys, which are not read. */
function listConfigured(path: string, text: string): readonly Mention[] {
  return listNpmrcRegistries(text).map(({ registry, line }) => ({
    value: registry,
    place: `${path}:${line}`,
  }));
}

/** By host; a lock that cannot be read gives nothing here: its problem is reported elsewhere. */
function listLockRegistries(path: string, text: string): readonly Mention[] {
  const lock = readLock(path, new TextEncoder().encode(text));
  if (!lock.ok) return [];
  const hosts = new Map<string, { count: number; readonly line: number }>();
  for (const { resolved, line } of lock.value.entries.values()) {
    const host = /^https?:/.test(resolved ?? '') ? parseRegistry(resolved ?? '') : null;
    const value = host?.split('/', 1)[0];
    if (value === undefined) continue;
    const known = hosts.get(value);
    if (known === undefined) hosts.set(value, { count: 1, line });
    else known.count++;
  }
  return [...hosts].map(([value, { count, line }]) => ({
    value,
    place: `${path}:${line} (${count} ${count === 1 ? 'package' : 'packages'})`,
  }));
}
