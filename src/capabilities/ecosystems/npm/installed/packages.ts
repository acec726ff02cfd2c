import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { createSkip } from '../../extractor.ts';
import {
  createNpmDraft,
  isNpmName,
  isVersionText,
  type LockResult,
  listNeededNames,
} from './npm-draft.ts';

const NEEDS = ['dependencies', 'optionalDependencies', 'peerDependencies'];

/**
 * `packages` of lockfileVersion 2 and 3: keys are paths. The root, workspaces and other folders
 * outside of node_modules are what is being built, not what it depends on; a link only points at
 * one of them.
 */
export function readPackages(location: string, packages: JsonObject): LockResult {
  const reading: LockResult = { drafts: [], skips: [] };
  for (const [key, fields] of Object.entries(packages)) {
    const named = parseName(key);
    if (named === null) continue;
    if (!isJsonObject(fields)) refuse(reading, location, key, 'its entry is no object');
    else if (fields['link'] !== true)
      addPackage(reading, { location, key, named, fields, packages });
  }
  return reading;
}

interface Entry {
  readonly location: string;
  readonly key: string;
  readonly named: string;
  readonly fields: JsonObject;
  readonly packages: JsonObject;
}

function addPackage(reading: LockResult, { location, key, named, fields, packages }: Entry): void {
  const alias = fields['name'];
  const name = typeof alias === 'string' ? alias : named;
  const version = fields['version'] ?? parseCommit(fields['resolved']);
  if (!isNpmName(name)) refuse(reading, location, key, 'it has no usable name');
  else if (!isVersionText(version)) refuse(reading, location, key, 'it has no version');
  else {
    const needs = listNeededNames(fields, NEEDS).map((needed) =>
      locatePackage(packages, key, needed),
    );
    const found = needs.filter((place) => place !== null);
    reading.drafts.push(createNpmDraft({ key, name, version, location, needs: found, fields }));
  }
}

/** Some git dependencies have no version: then the commit is all that the lock says of it. */
function parseCommit(resolved: JsonValue | undefined): string | undefined {
  return typeof resolved === 'string'
    ? /^git.*#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(resolved)?.[1]
    : undefined;
}

/** The name in `a/node_modules/@scope/b`; null for a key outside of node_modules. */
function parseName(key: string): string | null {
  const at = `/${key}`.lastIndexOf('/node_modules/');
  return at === -1 ? null : key.slice(at + 'node_modules/'.length);
}

/**
 * Node's own resolution: the nearest node_modules upwards; a link leads to the folder that it
 * names.
 */
function locatePackage(packages: JsonObject, from: string, name: string): string | null {
  let base = from;
  for (;;) {
    const place = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    const there = Object.hasOwn(packages, place) ? packages[place] : undefined;
    if (there !== undefined) return resolveEntry(place, there);
    if (base === '') return null;
    base = findParent(base);
  }
}

function resolveEntry(place: string, entry: JsonValue): string | null {
  return isJsonObject(entry) && entry['link'] === true ? null : place;
}

/** `a/node_modules/b/node_modules/c` → `a/node_modules/b` → `a` → the root. */
function findParent(base: string): string {
  const at = base.lastIndexOf('/node_modules/');
  if (at !== -1) return base.slice(0, at);
  return base.startsWith('node_modules/') ? '' : base.slice(0, Math.max(base.lastIndexOf('/'), 0));
}

function refuse(reading: LockResult, location: string, key: string, why: string): void {
  const shown = JSON.stringify(key.slice(0, 120));
  reading.skips.push(
    createSkip(location, 'MALFORMED', `${shown}: ${why}`, 'Write the lock again with npm install.'),
  );
}
