import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
  IN_TREE,
  isPlainVersion,
  joinFolder,
  joinPath,
  type LockContent,
  type LockedPackage,
  type LockFormat,
  type ManifestContent,
  type ManifestRequest,
  quoteName,
  type RegistryOrigin,
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';

const RELOCK = 'dart pub get';
const REMEDY = `Write the lock again: ${RELOCK}`;

/** pubspec.lock and pubspec.yaml. */
export const dartFormat: LockFormat = {
  name: 'dart',
  purlType: 'pub',
  isLock: wantFiles({ names: ['pubspec.lock'] }),
  isManifest: wantFiles({ names: ['pubspec.yaml'] }),
  readLock: readPubspecLock,
  readManifest: readPubspec,
  buildParts: (name, version) => buildPlainParts('pub', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'pubspec.yaml'),
};

/** pubspec.lock (dart.dev/tools/pub/glossary#lockfile): each package with its source. */
export function readPubspecLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const read = readYamlObject(file, bytes, 'packages');
  if (!read.ok) return read;
  const { text, value } = read.value;
  const listed = value['packages'] ?? {};
  if (!isJsonObject(listed)) return fail('MALFORMED', `${file}: no packages`, REMEDY);
  const findLine = createLineFinder(text);
  const packages: LockedPackage[] = [];
  const problems: Skip[] = [];
  const direct: string[] = [];
  const own = new Set<string>();
  for (const [name, entry] of Object.entries(listed)) {
    const line = findLine(`  ${name}:`);
    const locked = readEntry(file, { name, entry, line });
    if (locked === 'own') own.add(name);
    else if (typeof locked === 'string')
      problems.push(createSkip(file, 'MALFORMED', locked, REMEDY));
    else {
      packages.push(locked);
      const kind = isJsonObject(entry) ? entry['dependency'] : '';
      if (typeof kind === 'string' && kind.startsWith('direct')) direct.push(name);
    }
  }
  const known = { direct, own, problems, covers: 'beside' as const, remedy: REMEDY };
  return ok(createPlainContent({ file, packages, ...known }));
}

interface LockEntry {
  readonly name: string;
  readonly entry: JsonValue | undefined;
  readonly line: number;
}

/** A text says what is wrong. */
function readEntry(file: string, { name, entry, line }: LockEntry): LockedPackage | 'own' | string {
  if (!isJsonObject(entry)) return `${quoteName(name)} is not a map`;
  const { version, source, dependency } = entry;
  if (!/^\w{1,200}$/.test(name)) return `${quoteName(name)} is no name of a package`;
  const description = isJsonObject(entry['description']) ? entry['description'] : {};
  if (source === 'path') {
    const { path } = description;
    if (typeof path === 'string' && joinFolder(takeDirectory(file), path) !== null) return 'own';
    return `${quoteName(name)} is in a folder outside this tree`;
  }
  if (!isPlainVersion(version)) return `${quoteName(name)} has no usable version`;
  const sha256 = readText(description, 'sha256');
  const hash = sha256 !== null && /^[0-9a-f]{64}$/i.test(sha256) ? sha256.toLowerCase() : null;
  return createLocked('pub', {
    ...{ name, version, line },
    hashes: hash === null ? {} : { sha256: hash },
    origin:
      readText(description, 'url')?.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@]*@/i, '$1') ?? null,
    registry: findRegistry(source, description),
    development: dependency === 'direct dev',
    ...judgePin(file, source, hash, readText(description, 'resolved-ref')),
  });
}

function readText(holder: JsonObject, key: string): string | null {
  const value = getOwn(holder, key);
  return typeof value === 'string' && value.length <= 4_096 ? value : null;
}

function findRegistry(source: JsonValue | undefined, description: JsonObject): RegistryOrigin {
  const url = source === 'sdk' ? null : readText(description, 'url');
  const registry =
    url === null ? null : parseRegistry(url.replace(/^git@([^:/]+):/, 'ssh://git@$1/'));
  if (registry === null) return source === 'path' ? IN_TREE : UNNAMED_REGISTRY;
  return { registry: registry.replace(/\.git$/, ''), registryFrom: 'lock' };
}

function judgePin(
  file: string,
  source: JsonValue | undefined,
  hash: string | null,
  commit: string | null,
): Pick<LockedPackage, 'pinned' | 'why'> {
  if (hash !== null) return { pinned: 'yes', why: `locked with its hash in ${file}` };
  if (source === 'git' && /^[0-9a-f]{40}$/.test(commit ?? ''))
    return { pinned: 'yes', why: `locked to a commit in ${file}` };
  if (source === 'sdk')
    return { pinned: 'unknown', why: 'it comes with the SDK, which the lock does not fix' };
  return { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` };
}

/** pubspec.yaml: what is required, for development too. */
export function readPubspec(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const read = readYamlObject(file, bytes, 'name');
  if (!read.ok) return read;
  const { text, value } = read.value;
  const requests: ManifestRequest[] = [];
  for (const group of ['dependencies', 'dev_dependencies', 'dependency_overrides']) {
    const named = getOwn(value, group);
    const findLine = createLineFinder(text);
    findLine(`${group}:`);
    for (const [name, spec] of isJsonObject(named ?? undefined)
      ? Object.entries(named as JsonObject)
      : []) {
      const folder = isJsonObject(spec) ? readText(spec, 'path') : null;
      const isSource = isJsonObject(spec) && ('git' in spec || 'sdk' in spec || folder !== null);
      requests.push({
        ...{ name, folder, written: readHosted(spec), kind: 'required' },
        line: findLine(`  ${name}:`),
        spec:
          typeof spec === 'string' ? spec : isSource ? JSON.stringify(spec).slice(0, 200) : 'any',
        development: group === 'dev_dependencies',
      });
    }
  }
  const { name } = value;
  return ok({ name: typeof name === 'string' ? name : null, requests, problems: [] });
}

/** `hosted: URL`, or a map with `url`. */
function readHosted(spec: JsonValue | undefined): string | null {
  const hosted = isJsonObject(spec) ? spec['hosted'] : undefined;
  const url = isJsonObject(hosted) ? hosted['url'] : hosted;
  return typeof url === 'string' ? parseRegistry(url) : null;
}

function readYamlObject(
  file: string,
  bytes: Uint8Array,
  key: 'packages' | 'name',
): Result<{ readonly text: string; readonly value: JsonObject }> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  // Every file of pub has it, and to see that costs little.
  const has = key === 'name' ? /^name:/m : /^packages:/m;
  if (!has.test(text.value)) return fail('MALFORMED', `${file} has no ${key}`, REMEDY);
  const yaml = parseYaml(text.value, { bytesMax: LIMITS.fileBytesMax });
  if (!yaml.ok) return yaml;
  if (!isJsonObject(yaml.value)) return fail('MALFORMED', `${file} is not a map`, REMEDY);
  return ok({ text: text.value, value: yaml.value });
}
