import { LIMITS } from '../../../core/limits.ts';
import { parseRegistry } from '../component-registry.ts';
import type { FileMentions, Mention, MentionReader } from '../ecosystem.ts';
import { takeBaseName } from '../extractor.ts';
import { listNpmrcRegistries } from './declared/npmrc.ts';
import { isSettings, readSettings } from './declared/registry-settings.ts';
import { findLinkedFormat } from './linked/lock-table.ts';
import { isNpmLock } from './lock/lock-files.ts';
import { readLock } from './lock/read-lock.ts';

/** The registries that settings name, and the registries of the packages in a lock. */
export const npmMentions: MentionReader = {
  wants: (path) => isSettings(path) || isLock(path),
  bytesMax: (path) => (isLock(path) ? LIMITS.fileBytesMax : LIMITS.surveyFileBytesMax),
  read: (path, text): FileMentions => ({
    registries: isLock(path) ? listLockRegistries(path, text) : listConfigured(path, text),
    images: [],
  }),
};

function isLock(path: string): boolean {
  return isNpmLock(path) || findLinkedFormat(path) !== null;
}

/** Tokens are in other keys, which are not read. */
function listConfigured(path: string, text: string): readonly Mention[] {
  const named =
    takeBaseName(path) === '.npmrc' ? listNpmrcRegistries(text) : listOtherRegistries(path, text);
  return named.map(({ registry, line }) => ({ value: registry, place: `${path}:${line}` }));
}

function listOtherRegistries(
  path: string,
  text: string,
): readonly { readonly registry: string; readonly line: number }[] {
  const settings = readSettings(path, new TextEncoder().encode(text));
  if (!settings.ok) return [];
  const lines = text.split('\n');
  return [...new Set(settings.value.registries.values())].flatMap((registry) => {
    if (registry === null) return [];
    const host = registry.split('/', 1)[0] ?? '';
    return { registry, line: lines.findIndex((one) => one.includes(host)) + 1 || 1 };
  });
}

/** By host; a lock that cannot be read gives nothing here: its problem is reported elsewhere. */
function listLockRegistries(path: string, text: string): readonly Mention[] {
  const hosts = new Map<string, { count: number; readonly line: number }>();
  for (const { resolved, line } of listAddresses(path, new TextEncoder().encode(text))) {
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

function listAddresses(
  path: string,
  bytes: Uint8Array,
): readonly { readonly resolved: string | null; readonly line: number }[] {
  const format = findLinkedFormat(path);
  if (format === null) {
    const lock = readLock(path, bytes);
    return lock.ok ? [...lock.value.entries.values()] : [];
  }
  const lock = format.read(path, bytes);
  if (!lock.ok) return [];
  const { packages, findLine } = lock.value;
  return [...packages.values()].map(({ key, resolved }) => ({ resolved, line: findLine(key) }));
}
