import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { PurlParts } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
  isPlainVersion,
  joinFolder,
  joinPath,
  type LockContent,
  type LockedPackage,
  type LockFormat,
  type ManifestContent,
  quoteName,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';

const RELOCK = 'swift package resolve';
const REMEDY = `Write the lock again: ${RELOCK}`;

/** Package.resolved of the Swift package manager, and Package.swift. */
export const swiftFormat: LockFormat = {
  name: 'swift',
  purlType: 'swift',
  isLock: wantFiles({
    names: ['Package.resolved', 'package.resolved', '.Package.resolved', '.package.resolved'],
  }),
  isManifest: wantFiles({ names: ['Package.swift'] }),
  readLock: readPackageResolved,
  readManifest: readPackageSwift,
  buildParts: buildSwiftParts,
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'Package.swift'),
};

/** Where the repository is belongs to the name (purl-spec, types/swift). */
function buildSwiftParts(name: string, version: string): PurlParts {
  const parts = buildPlainParts('swift', name, version);
  return { ...parts, namespace: parts.namespace ?? 'unknown' };
}

/** Package.resolved of the versions 1 to 3. */
export function readPackageResolved(file: string, bytes: Uint8Array): Result<LockContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const lock = isJsonObject(json.value) ? json.value : {};
  const { version } = lock;
  if (version !== 1 && version !== 2 && version !== 3)
    return fail('UNSUPPORTED', `${file} has no version from 1 to 3`, REMEDY);
  const holder = version === 1 ? lock['object'] : lock;
  const pins = isJsonObject(holder ?? undefined) ? (holder as JsonObject)['pins'] : undefined;
  if (!Array.isArray(pins)) return fail('MALFORMED', `${file} has no pins`, REMEDY);
  const findLine = createLineFinder(text.value);
  const problems: Skip[] = [];
  const packages: LockedPackage[] = [];
  for (const pin of pins as readonly JsonValue[]) {
    const read = readPin(file, pin, findLine);
    if (typeof read === 'string') problems.push(createSkip(file, 'MALFORMED', read, REMEDY));
    else packages.push(read);
  }
  return ok(createPlainContent({ file, packages, problems, covers: 'below', remedy: REMEDY }));
}

function readPin(
  file: string,
  pin: JsonValue,
  findLine: (needle: string) => number,
): LockedPackage | string {
  if (!isJsonObject(pin)) return 'a pin is not an object';
  const location = pin['location'] ?? pin['repositoryURL'];
  const named = pin['identity'] ?? pin['package'];
  const state = isJsonObject(pin['state']) ? pin['state'] : {};
  if (typeof named !== 'string') return 'a pin has no name';
  const { version, revision } = state;
  if (pin['kind'] === 'registry') {
    const [scope, name = ''] = named.split('.', 2);
    if (!isPlainVersion(version)) return `${quoteName(named)} has no version`;
    return createLocked('swift', {
      ...{ name: `${scope}/${name}`, version, line: findLine(named) },
      pinned: 'unknown',
      why: `${file} has no hash for it, so its content may change`,
    });
  }
  const name = typeof location === 'string' ? nameLocation(location) : null;
  if (name === null || typeof location !== 'string')
    return `${quoteName(named)} is from no repository that has an address`;
  const isCommit = typeof revision === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(revision);
  // Of a branch there is only a commit.
  const taken = isPlainVersion(version) ? version : revision;
  if (!isPlainVersion(taken)) return `${quoteName(named)} has neither version nor commit`;
  const origin = location.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@]*@/i, '$1');
  return createLocked('swift', {
    ...{ key: `${name} ${taken}`, name, version: taken, line: findLine(location) },
    origin: isCommit ? `git+${origin}#${revision}` : `git+${origin}`,
    registry: { registry: name, registryFrom: 'lock' },
    ...(isCommit
      ? { pinned: 'yes', why: `locked to a commit in ${file}` }
      : { pinned: 'unknown', why: `${file} names no commit for it, so its content may change` }),
  });
}

/** Host and path of a repository; null for an address without one. */
function nameLocation(location: string): string | null {
  const place = parseRegistry(location.replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'ssh://git@$1/'));
  return place?.includes('/') === true ? place.replace(/\.git$/, '') : null;
}

/**
 * A program: what it asks for by an address or an identity that is written out, and where folders
 * outside of the tree are named.
 */
export function readPackageSwift(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const plain = text.value.replace(/\s+/g, '');
  const isOpen = /\.package\((?:name:"[^"]{0,200}",)?(?:url|id):/.test(plain);
  const folders = [...plain.matchAll(/\.package\((?:name:"[^"]{0,200}",)?path:"([^"]{0,1000})"/g)];
  const problems = folders.flatMap(([, folder = '']) => {
    if (joinFolder(takeDirectory(file), folder) !== null) return [];
    const why = `a package is in ${quoteName(folder)}, outside this tree`;
    return [createSkip(file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.')];
  });
  return ok({ name: null, requests: listRequests(text.value), problems, isOpen });
}

/** What is commented out counts for nothing where the lock lacks it. */
function listRequests(text: string): ManifestContent['requests'] {
  const findLine = createLineFinder(text);
  const calls = text.matchAll(
    /\b(url|id):\s{0,100}"([^"\s]{1,1000})"\s{0,100},([^()"]{0,100}"[^"]{0,100}")?/g,
  );
  return [...calls].flatMap(([, key, named = '', rule = '']) => {
    const name = key === 'id' ? named.replace('.', '/') : nameLocation(named);
    if (name === null) return [];
    const spec = rule.replace(/\s+/g, ' ').replaceAll('"', '').trim();
    const given = { written: null, folder: null, line: findLine(named), development: false };
    return [{ name, spec, kind: 'optional' as const, ...given }];
  });
}
