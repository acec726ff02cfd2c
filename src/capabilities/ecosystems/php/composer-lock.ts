import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { type CoverageCheck, createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
  isPlainVersion,
  joinFolder,
  type LockContent,
  type LockedPackage,
  quoteName,
  type RegistryOrigin,
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import { allowsComposer } from './composer-constraint.ts';

export const RELOCK = 'composer update --no-install';
const REWRITE = `Write the lock again: ${RELOCK}`;

/** `vendor/name`; both are compared without case (getcomposer.org, schema, "name"). */
const NAME = /^[a-z0-9][a-z0-9_.-]{0,120}\/[a-z0-9][a-z0-9_.-]{0,120}$/i;

/** What comes with PHP and Composer (`PlatformRepository::PLATFORM_PACKAGE_REGEX`). */
export function isPlatformPackage(name: string): boolean {
  return /^(?:php(?:-64bit|-ipv6|-zts|-debug)?|hhvm|(?:ext|lib)-[a-z0-9]+(?:[_.-][a-z0-9]+)*|composer(?:-(?:plugin|runtime)-api)?)$/i.test(
    name,
  );
}

/** A package of composer.lock or installed.json. */
export interface ComposerPackage {
  readonly name: string;
  readonly version: string;
  readonly fields: JsonObject;
  readonly development: boolean;
  readonly line: number;
}

/** composer.lock: every package, those of development too. */
export function readComposerLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, REWRITE);
  const { packages = null, 'packages-dev': forDevelopment = null } = json.value;
  if (packages === null && forDevelopment === null)
    return fail('MALFORMED', `${file} has no packages`, REWRITE);
  const problems: Skip[] = [];
  const findLine = createLineFinder(text.value);
  const all = [
    ...listPackages(file, packages ?? [], { isDevelopment: () => false, findLine, problems }),
    ...listPackages(file, forDevelopment ?? [], { isDevelopment: () => true, findLine, problems }),
  ];
  const provided = new Set(all.flatMap(({ fields }) => listProvided(fields)));
  const byName = new Map(all.map((one) => [one.name.toLowerCase(), one]));
  const isOwn = (one: ComposerPackage): boolean => locateFolder(file, one) !== null;
  const own = all.filter((one) => !isOwn(one));
  const locked = own.map((one) => toLocked(file, one, findNeeds(one, byName, isOwn)));
  const keys = new Map(locked.map((one) => [one.key, one]));
  problems.push(...listMissing(file, all, byName, provided), ...listAway(file, own));
  return ok({
    packages: locked,
    direct: null,
    isClosed: false,
    problems,
    check: createCheck(file, byName, provided),
    find: ({ name }) => {
      const found = byName.get(name.toLowerCase());
      if (found === undefined) return provided.has(name.toLowerCase()) ? 'tree' : null;
      return keys.get(formatKey(found)) ?? 'tree';
    },
  });
}

interface ListReading {
  readonly isDevelopment: (name: string) => boolean;
  readonly findLine: (needle: string | RegExp) => number;
  readonly problems: Skip[];
}

export function listPackages(
  file: string,
  list: JsonValue,
  { isDevelopment, findLine, problems }: ListReading,
): readonly ComposerPackage[] {
  const refuse = (why: string): readonly ComposerPackage[] => {
    problems.push(createSkip(file, 'MALFORMED', why, REWRITE));
    return [];
  };
  if (!Array.isArray(list)) return refuse('its packages are not a list');
  return (list as readonly JsonValue[]).flatMap((fields) => {
    if (!isJsonObject(fields)) return refuse('a package is not an object');
    const { name, version } = fields;
    if (typeof name !== 'string' || !NAME.test(name)) return refuse('a package has no usable name');
    if (!isPlainVersion(version)) return refuse(`${quoteName(name)} has no usable version`);
    const line = findLine(`"name": ${JSON.stringify(name)}`);
    return [{ name, version, fields, development: isDevelopment(name), line }];
  });
}

/** With the version: a lock that was put together by hand may have a name twice. */
export function formatKey({ name, version }: Pick<ComposerPackage, 'name' | 'version'>): string {
  return `${name.toLowerCase()} ${version}`;
}

/** The names in a member that maps names to constraints. */
export function listNames(fields: JsonObject, member: string): readonly string[] {
  const named = getOwn(fields, member);
  return isJsonObject(named) ? Object.keys(named) : [];
}

function listProvided(fields: JsonObject): readonly string[] {
  return [...listNames(fields, 'provide'), ...listNames(fields, 'replace')].map((name) =>
    name.toLowerCase(),
  );
}

function findNeeds(
  { fields }: ComposerPackage,
  byName: ReadonlyMap<string, ComposerPackage>,
  isOwn: (one: ComposerPackage) => boolean,
): readonly string[] {
  return listNames(fields, 'require').flatMap((name) => {
    const found = byName.get(name.toLowerCase());
    return found === undefined || isOwn(found) ? [] : [formatKey(found)];
  });
}

function listMissing(
  file: string,
  all: readonly ComposerPackage[],
  byName: ReadonlyMap<string, ComposerPackage>,
  provided: ReadonlySet<string>,
): readonly Skip[] {
  return all.flatMap(({ name, fields }) => {
    const missing = listNames(fields, 'require').find(
      (need) =>
        !isPlatformPackage(need) &&
        !byName.has(need.toLowerCase()) &&
        !provided.has(need.toLowerCase()),
    );
    // mutant composer-need-that-is-not-locked: condition -> true
    if (missing === undefined) return [];
    const why = `${quoteName(name)} needs ${quoteName(missing)}, which is not in the lock`;
    return [createSkip(file, 'MALFORMED', why, REWRITE)];
  });
}

/** A package in a folder of this tree is a part of it; null for every other one. */
function locateFolder(file: string, { fields }: ComposerPackage): string | null {
  const dist = isJsonObject(fields['dist']) ? fields['dist'] : {};
  if (dist['type'] !== 'path' || typeof dist['url'] !== 'string') return null;
  return joinFolder(takeDirectory(file), dist['url']);
}

function listAway(file: string, packages: readonly ComposerPackage[]): readonly Skip[] {
  return packages.flatMap(({ name, fields }) => {
    const dist = isJsonObject(fields['dist']) ? fields['dist'] : {};
    if (dist['type'] !== 'path') return [];
    const why = `${quoteName(name)} is in ${quoteName(String(dist['url']))}, outside this tree`;
    return [createSkip(file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.')];
  });
}

/** It is for the composer.json beside it. */
function createCheck(
  file: string,
  byName: ReadonlyMap<string, ComposerPackage>,
  provided: ReadonlySet<string>,
): CoverageCheck {
  return (manifest) => {
    if (takeDirectory(manifest.path) !== takeDirectory(file)) return null;
    return manifest.requests.flatMap(({ name, spec }) => {
      const found = byName.get(name.toLowerCase());
      if (found === undefined && provided.has(name.toLowerCase())) return [];
      // mutant composer-lock-out-of-step: operand 2 -> true
      if (found !== undefined && allowsComposer(spec, found.version) !== false) return [];
      const has = found === undefined ? 'lacks it' : `has ${found.version}`;
      const why = `it requires ${quoteName(name)} ${quoteName(spec)}, and the lock ${has}: the two disagree`;
      return [createSkip(manifest.path, 'FACT_UNKNOWN', why, REWRITE)];
    });
  };
}

function toLocked(
  file: string,
  composer: ComposerPackage,
  needs: readonly string[],
): LockedPackage {
  const { name, version, fields, development, line } = composer;
  const hash = findHash(fields);
  return {
    key: formatKey(composer),
    parts: buildPlainParts('composer', name.toLowerCase(), version),
    ...{ name, version, needs, development, line },
    licenses: listLicences(fields['license']),
    hashes: hash === null ? {} : { sha1: hash },
    origin: findOrigin(fields),
    registry: findRegistry(fields),
    ...judgePin(file, fields, hash),
  };
}

/** One of several licences is to be chosen (getcomposer.org, schema, "license"). */
export function listLicences(license: JsonValue | undefined): readonly string[] {
  const named = (Array.isArray(license) ? license : [license]).filter((one) => one !== undefined);
  const expressions = named.map((one) => (typeof one === 'string' ? toSpdxExpression(one) : null));
  return expressions.every((one) => one !== null) ? [...new Set(expressions)].sort() : [];
}

function takePart(fields: JsonObject, member: string): JsonObject {
  const part = getOwn(fields, member);
  return isJsonObject(part) ? part : {};
}

export function findHash(fields: JsonObject): string | null {
  const { shasum } = takePart(fields, 'dist');
  return typeof shasum === 'string' && /^[0-9a-f]{40}$/i.test(shasum) ? shasum.toLowerCase() : null;
}

function judgePin(
  file: string,
  fields: JsonObject,
  hash: string | null,
): Pick<LockedPackage, 'pinned' | 'why'> {
  if (hash !== null) return { pinned: 'yes', why: `locked with its hash in ${file}` };
  // A metapackage has no content.
  if (fields['type'] === 'metapackage')
    return { pinned: 'yes', why: 'it has no content of its own' };
  const commits = ['dist', 'source'].map((part) => takePart(fields, part)['reference']);
  if (commits.some((one) => typeof one === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(one)))
    return { pinned: 'yes', why: `locked to a commit in ${file}` };
  return {
    pinned: 'unknown',
    why: `${file} has neither hash nor commit for it, so its content may change`,
  };
}

/** Archives and repositories may have a password in their address. */
export function findOrigin(fields: JsonObject): string | null {
  const [dist, source] = [takePart(fields, 'dist')['url'], takePart(fields, 'source')['url']];
  const url = typeof dist === 'string' ? dist : source;
  if (typeof url !== 'string' || url === '' || url.length > 4_096) return null;
  return (url.split('?', 1)[0] ?? '').replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@]*@/i, '$1');
}

/**
 * The repository that listed the package is where Composer reports that it was installed; without
 * that, the repository of its source.
 */
function findRegistry(fields: JsonObject): RegistryOrigin {
  const notified = fields['notification-url'];
  if (typeof notified === 'string') {
    const registry = parseRegistry(notified)?.replace(/\/downloads$/, '') ?? null;
    if (registry !== null) return { registry, registryFrom: 'lock' };
  }
  const { url } = takePart(fields, 'source');
  const address = typeof url === 'string' ? url : findOrigin(fields);
  const registry = parseRegistry((address ?? '').replace(/^git@([^:/]+):/, 'ssh://git@$1/'));
  return registry === null
    ? UNNAMED_REGISTRY
    : { registry: registry.replace(/\.git$/, ''), registryFrom: 'lock' };
}
