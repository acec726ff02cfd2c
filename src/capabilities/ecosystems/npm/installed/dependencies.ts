import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import type { Draft } from '../../extractor.ts';
import { createSkip } from '../../extractor.ts';
import {
  buildNpmParts,
  createNpmDraft,
  isNpmName,
  isVersionText,
  type LockResult,
  listNeededNames,
  parseOrigin,
} from './npm-draft.ts';

interface Level {
  readonly dependencies: JsonObject;
  readonly prefix: string;
  readonly parent: Level | null;
}

/** `dependencies` of lockfileVersion 1: nested as folders are. JSON depth bounds the nesting. */
export function readDependencies(location: string, dependencies: JsonObject): LockResult {
  const reading: LockResult = { drafts: [], skips: [] };
  readLevel(reading, location, { dependencies, prefix: '', parent: null });
  return reading;
}

function readLevel(reading: LockResult, location: string, level: Level): void {
  for (const [named, fields] of Object.entries(level.dependencies)) {
    if (!isJsonObject(fields)) {
      refuse(reading, location, named, 'its entry is no object');
      continue;
    }
    const nested = fields['dependencies'];
    const inner = isJsonObject(nested)
      ? { dependencies: nested, prefix: `${level.prefix}${named}/`, parent: level }
      : level;
    const draft = buildDraft(location, named, fields, level.prefix + named);
    if (typeof draft === 'string') refuse(reading, location, named, draft);
    else if (draft !== null) reading.drafts.push({ ...draft, needs: findNeeds(fields, inner) });
    if (inner !== level) readLevel(reading, location, inner);
  }
}

/** A draft, null for a folder of the project itself, or why there is none. */
function buildDraft(
  location: string,
  named: string,
  fields: JsonObject,
  key: string,
): Draft | string | null {
  const spec = fields['version'];
  if (!isVersionText(spec)) return 'it has no version';
  const alias = /^npm:(.+)@([^@]+)$/.exec(spec);
  const name = alias?.[1] ?? named;
  const version = alias?.[2] ?? spec;
  if (!isNpmName(name)) return 'it has no usable name';
  if (/^(?:file|link):/.test(version))
    return /\.(?:tgz|tar\.gz|tar)$/.test(version) ? NO_VERSION : null;
  const draft = createNpmDraft({ key, name, version, location, needs: [], fields });
  if (!/^[a-z+]+:/i.test(version)) return draft;
  return applyCommit(draft, version) ?? NO_VERSION;
}

const NO_VERSION = 'the lock names a place, not a version';

/** A git dependency of version 1: the commit is all that the lock says of its version. */
function applyCommit(draft: Draft, spec: string): Draft | null {
  const commit = /#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(spec)?.[1];
  const origin = parseOrigin(spec);
  if (commit === undefined || origin === null) return null;
  const parts = {
    ...buildNpmParts(draft.name, commit),
    qualifiers: { vcs_url: origin.replace('#', '@') },
  };
  return { ...draft, parts, version: commit, origin };
}

/** The nearest level upwards that has the name, beginning with the package's own. */
function findNeeds(fields: JsonObject, own: Level): readonly string[] {
  return listNeededNames(fields, ['requires']).flatMap((name) => {
    for (let level: Level | null = own; level !== null; level = level.parent) {
      if (Object.hasOwn(level.dependencies, name)) return [level.prefix + name];
    }
    return [];
  });
}

function refuse(reading: LockResult, location: string, name: string, why: string): void {
  const shown = JSON.stringify(name.slice(0, 120));
  reading.skips.push(
    createSkip(
      location,
      'MALFORMED',
      `${shown}: ${why}`,
      'Write the lock again with npm 7 or later.',
    ),
  );
}
