import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { cutBefore } from '../../../formats/text/cut.ts';
import { parseToml } from '../../../formats/toml/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import type { PinState } from '../dependency.ts';
import { createSkip } from '../extractor.ts';
import {
  buildPlainParts,
  isPlainVersion,
  type LockContent,
  type LockedPackage,
  quoteName,
  type RegistryOrigin,
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import { createCargoCheck, findRequested } from './cargo-agreement.ts';
import { type CrateIndex, findCrate, type LockedCrate, RELOCK } from './crate-index.ts';

const REWRITE = `Write the lock again: ${RELOCK}`;

/** Cargo itself wants letters and digits of any script, `-` and `_` (cargo, `restricted_names`). */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_-]{0,199}$/u;

/**
 * Cargo.lock of the versions 1 to 4 (doc.rust-lang.org, cargo/core/resolver/encode.rs): every crate
 * with a source; those without one are the project itself.
 */
export function readCargoLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const toml = parseToml(text.value, { bytesMax: LIMITS.fileBytesMax });
  if (!toml.ok) return toml;
  if (!isJsonObject(toml.value)) return fail('MALFORMED', `${file} is not a table`, REWRITE);
  const { version } = toml.value;
  // mutant cargo-lock-of-a-later-version: condition -> false
  if (version !== undefined && ![1, 2, 3, 4].includes(version as number))
    return fail(
      'UNSUPPORTED',
      `${file}: version ${JSON.stringify(version).slice(0, 40)} is not 1, 2, 3 or 4`,
      REWRITE,
    );
  const problems: Skip[] = [];
  const index = readCrates(file, text.value, toml.value, problems);
  return ok(buildContent(file, index, problems));
}

function readCrates(file: string, text: string, lock: JsonObject, problems: Skip[]): CrateIndex {
  const listed = lock['package'] ?? [];
  const metadata = isJsonObject(lock['metadata']) ? lock['metadata'] : {};
  const tables = Array.isArray(listed) ? (listed as readonly JsonValue[]) : [null];
  const places = listPackageLines(text);
  const crates: LockedCrate[] = [];
  // Cargo before 2017 wrote the project itself as `[root]`.
  for (const [at, table] of [
    ...tables,
    ...(lock['root'] === undefined ? [] : [lock['root']]),
  ].entries()) {
    const line = places.length === tables.length ? (places[at] ?? 1) : 1;
    const crate = readCrate(table, metadata, line);
    if (typeof crate === 'string') problems.push(createSkip(file, 'MALFORMED', crate, REWRITE));
    else crates.push(crate);
  }
  return { crates, byName: Map.groupBy(crates, ({ name }) => name) };
}

function listPackageLines(text: string): readonly number[] {
  return text.split('\n').flatMap((line, at) => (line.trimEnd() === '[[package]]' ? [at + 1] : []));
}

function readCrate(table: JsonValue, metadata: JsonObject, line: number): LockedCrate | string {
  if (!isJsonObject(table)) return 'a package is not a table';
  const { name, version, source = null, checksum, dependencies = [], replace = null } = table;
  if (typeof name !== 'string' || !NAME.test(name)) return 'a package has no usable name';
  if (!isPlainVersion(version) || !/^\d/.test(version))
    return `${quoteName(name)} has no usable version`;
  if (source !== null && typeof source !== 'string') return `${quoteName(name)}: no usable source`;
  if (!Array.isArray(dependencies) || !dependencies.every((one) => typeof one === 'string'))
    return `${quoteName(name)}: its dependencies are not a list of texts`;
  // Version 1 has the hashes in a table of their own.
  const hash = checksum ?? getOwn(metadata, `checksum ${name} ${version} (${source ?? ''})`);
  return {
    ...{ name, version, source, line },
    checksum: typeof hash === 'string' && /^[0-9a-f]{64}$/i.test(hash) ? hash.toLowerCase() : null,
    dependencies: dependencies as readonly string[],
    replace: typeof replace === 'string' ? replace : null,
  };
}

function buildContent(file: string, index: CrateIndex, problems: Skip[]): LockContent {
  const packages: LockedPackage[] = [];
  const direct = new Set<string>();
  for (const crate of index.crates) {
    const needs = crate.dependencies.flatMap((written) => {
      const found = findCrate(index, written);
      if (found !== null) return [found];
      const why = `${quoteName(crate.name)} needs ${quoteName(written)}, which is not in the lock`;
      // mutant cargo-need-that-is-not-locked: remove
      problems.push(createSkip(file, 'MALFORMED', why, REWRITE));
      return [];
    });
    const keys = needs.filter(({ source }) => source !== null).map(formatKey);
    if (crate.source === null) for (const key of keys) direct.add(key);
    else if (crate.replace === null) packages.push(toLocked(file, crate, crate.source, keys));
  }
  const byKey = new Map(packages.map((locked) => [locked.key, locked]));
  return {
    packages,
    direct: [...direct],
    isClosed: true,
    projects: index.crates.flatMap(({ source, name }) => (source === null ? [name] : [])),
    problems,
    check: createCargoCheck(file, index),
    find: (request, manifest) => {
      const crate = findRequested(index, manifest.name, request);
      if (crate === null || crate === 'tree') return crate;
      return byKey.get(formatKey(crate)) ?? null;
    },
  };
}

function formatKey({ name, version, source }: LockedCrate): string {
  return `${name} ${version} (${source ?? ''})`;
}

function toLocked(
  file: string,
  crate: LockedCrate,
  source: string,
  needs: readonly string[],
): LockedPackage {
  const { name, version, checksum, line } = crate;
  return {
    key: formatKey(crate),
    parts: buildPlainParts('cargo', name, version),
    ...{ name, version, needs, line },
    licenses: [],
    hashes: checksum === null ? {} : { sha256: checksum },
    origin: hideCredentials(source),
    registry: findSourceRegistry(source),
    development: false,
    ...judgePin(file, crate, source),
  };
}

function judgePin(
  file: string,
  { checksum }: LockedCrate,
  source: string,
): { readonly pinned: PinState; readonly why: string } {
  if (source.startsWith('git+'))
    return /#(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(source)
      ? { pinned: 'yes', why: `locked to a commit in ${file}` }
      : { pinned: 'unknown', why: `${file} names no commit for it, so its content may change` };
  // mutant crate-without-a-checksum: condition -> false
  if (checksum === null)
    return { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` };
  return { pinned: 'yes', why: `locked with its hash in ${file}` };
}

/** The registry, or the repository, that a source of Cargo names. */
export function findSourceRegistry(source: string): RegistryOrigin {
  const [, kind, address = ''] = /^(registry|sparse|git)\+(.*)$/s.exec(source) ?? [];
  if (kind === undefined) return UNNAMED_REGISTRY;
  const registry = parseRegistry(cutBefore(address, '?#'))?.replace(/\.git$/, '') ?? null;
  return { registry, registryFrom: 'lock' };
}

/** Addresses of private registries and repositories may have a password in them. */
function hideCredentials(source: string): string {
  return source.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@?#]*@/i, '$1').slice(0, 4_096);
}
