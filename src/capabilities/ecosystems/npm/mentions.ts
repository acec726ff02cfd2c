import { parseRegistry } from '../component-registry.ts';
import type { FileMentions, Mention, MentionReader } from '../ecosystem.ts';
import { takeBaseName } from '../extractor.ts';
import { listNpmrcRegistries } from './declared/npmrc.ts';
import { isNpmLock } from './lock/lock-files.ts';
import { readLock } from './lock/read-lock.ts';

/** The registries that `.npmrc` sets, and the registries of the packages in a lock. */
export const npmMentions: MentionReader = {
  wants: (path) => takeBaseName(path) === '.npmrc' || isNpmLock(path),
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
  const hosts = new Map<string, number>();
  for (const { resolved } of lock.value.entries.values()) {
    const host = /^https?:/.test(resolved ?? '') ? parseRegistry(resolved ?? '') : null;
    const value = host?.split('/', 1)[0];
    if (value !== undefined) hosts.set(value, (hosts.get(value) ?? 0) + 1);
  }
  return [...hosts].map(([value, count]) => ({
    value,
    place: `${path} (${count} ${count === 1 ? 'package' : 'packages'})`,
  }));
}
