import { LIMITS } from '../../../core/limits.ts';
import { parseRegistry } from '../component-registry.ts';
import type { FileMentions, Mention, MentionReader } from '../ecosystem.ts';
import { parsePipConf } from './declared/pip-conf.ts';
import { isPipConf } from './declared/python-declarations.ts';
import { findLockReader } from './lock/lock-names.ts';
import { findManifestReader } from './manifest/manifest-extractor.ts';
import { readRequirements } from './requirements/requirements-file.ts';
import { isRequirementsFile } from './requirements/requirements-name.ts';

interface IndexPlace {
  readonly url: string;
  readonly line: number;
}

/** The indexes that configurations, manifests, requirements and locks name. */
export const pythonMentions: MentionReader = {
  wants: (path) =>
    isPipConf(path) ||
    isRequirementsFile(path) ||
    findLockReader(path) !== null ||
    findManifestReader(path) !== null,
  bytesMax: (path) =>
    findLockReader(path) === null ? LIMITS.surveyFileBytesMax : LIMITS.fileBytesMax,
  read: (path, text): FileMentions => ({
    registries: mention(path, listIndexes(path, new TextEncoder().encode(text))),
    images: [],
  }),
};

/** A file that cannot be read gives nothing here: its problem is reported elsewhere. */
function listIndexes(path: string, bytes: Uint8Array): readonly IndexPlace[] {
  if (isPipConf(path)) {
    const conf = parsePipConf(bytes);
    return conf.ok ? conf.value.lines : [];
  }
  if (isRequirementsFile(path)) {
    const file = readRequirements(path, bytes);
    return file.ok ? file.value.indexes.lines : [];
  }
  const lock = findLockReader(path)?.(path, bytes);
  if (lock !== undefined)
    return (lock.ok ? lock.value.packages : []).flatMap(({ source, line }) =>
      source.kind === 'index' && source.url !== null ? [{ url: source.url, line }] : [],
    );
  const manifest = findManifestReader(path)?.(path, bytes);
  return manifest?.ok === true ? manifest.value.indexes : [];
}

/** Each index once, at the first place that names it. */
function mention(path: string, places: readonly IndexPlace[]): readonly Mention[] {
  const found = new Map<string, Mention>();
  for (const { url, line } of places) {
    const value = parseRegistry(url);
    if (value !== null && !value.includes('$') && !found.has(value))
      found.set(value, { value, place: `${path}:${line}` });
  }
  return [...found.values()];
}
