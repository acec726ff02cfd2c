import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { createSkip, takeBaseName, takeDirectory } from '../extractor.ts';
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
  type RegistryOrigin,
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';
import { isList, parseTerms, type Term } from './terms.ts';

const RELOCK = 'mix deps.get';
const REMEDY = `Write the lock again: ${RELOCK}`;

/** mix.lock and mix.exs. */
export const mixFormat: LockFormat = {
  name: 'elixir',
  purlType: 'hex',
  isLock: wantFiles({ names: ['mix.lock'] }),
  isManifest: wantFiles({ names: ['mix.exs'] }),
  readLock: readMixLock,
  readManifest: readMixManifest,
  buildParts: (name, version) => buildPlainParts('hex', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'mix.exs'),
  isShadowed: isFetched,
};

/** Packages that mix fetched have manifests and locks of their own. */
function isFetched(path: string, paths: ReadonlySet<string>): boolean {
  const at = path.lastIndexOf('deps/');
  if (at === -1 || (at > 0 && path[at - 1] !== '/')) return false;
  return path.slice(at).split('/').length > 2 && paths.has(`${path.slice(0, at)}mix.lock`);
}

/** mix.lock (hex, `Hex.SCM`; Mix, `Mix.SCM.Git`): a map of names to tuples. */
export function readMixLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const terms = parseTerms(text.value);
  if (!terms.ok) return terms;
  const [map, ...more] = terms.value;
  if (!isList(map) || more.length > 0) return fail('MALFORMED', `${file} is not one map`, REMEDY);
  const findLine = createLineFinder(text.value);
  const problems: Skip[] = [];
  const packages: LockedPackage[] = [];
  for (const pair of map) {
    const read = readEntry(file, pair, findLine);
    if (typeof read === 'string') problems.push(createSkip(file, 'MALFORMED', read, REMEDY));
    else packages.push(read);
  }
  const names = new Set(packages.map(({ key }) => key));
  const known = packages.map((one) => ({
    ...one,
    needs: one.needs.filter((need) => names.has(need)),
  }));
  const content = createPlainContent({
    file,
    packages: known,
    problems,
    covers: 'beside',
    remedy: REMEDY,
  });
  // The applications of an umbrella say where their lock is.
  return ok({
    ...content,
    check: (manifest, wasRead) => (manifest.name === file ? [] : content.check(manifest, wasRead)),
  });
}

function readEntry(
  file: string,
  pair: Term,
  findLine: (needle: string) => number,
): LockedPackage | string {
  const [name, value] = isList(pair) ? pair : [];
  if (typeof name !== 'string' || !/^[\w.-]{1,200}$/.test(name))
    return 'an entry has no usable name';
  if (!isList(value)) return `${quoteName(name)} is no tuple`;
  const line = findLine(`"${name}":`);
  const [kind, package_ = '', version = ''] = value;
  if (kind === 'hex') {
    if (typeof package_ !== 'string' || !isPlainVersion(version))
      return `${quoteName(name)} has no usable version`;
    const [, , , inner, , needs, repository = 'hexpm', outer] = value;
    const hash = [outer, inner].find(
      (one) => typeof one === 'string' && /^[0-9a-f]{64}$/i.test(one),
    );
    const from = typeof repository === 'string' ? repository : 'hexpm';
    const organisation = from.startsWith('hexpm:') ? from.slice('hexpm:'.length) : null;
    return createLocked('hex', {
      ...{ name, version, line },
      parts: buildPlainParts(
        'hex',
        organisation === null ? package_ : `${organisation}/${package_}`,
        version,
      ),
      // Only that of the whole archive can be checked without unpacking it.
      hashes: typeof outer === 'string' && hash === outer ? { sha256: outer.toLowerCase() } : {},
      registry: nameRepository(from),
      needs: listNeeds(needs),
      ...(hash === undefined
        ? { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` }
        : { pinned: 'yes', why: `locked with its hash in ${file}` }),
    });
  }
  if (kind !== 'git' || typeof package_ !== 'string')
    return `${quoteName(name)} is from a source that is not known here`;
  const commit = typeof version === 'string' && /^[0-9a-f]{40}$/.test(version) ? version : null;
  if (commit === null) return `${quoteName(name)} has no commit`;
  const origin = package_.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@]*@/i, '$1');
  return createLocked('hex', {
    ...{ name, version: commit, line },
    parts: {
      ...buildPlainParts('hex', name, commit),
      qualifiers: { vcs_url: `git+${origin}@${commit}` },
    },
    origin: `git+${origin}#${commit}`,
    registry: nameAddress(package_),
    ...{ pinned: 'yes', why: `locked to a commit in ${file}` },
  });
}

/** `{:jason, "~> 1.0", [hex: :jason, repo: "hexpm", optional: false]}` */
function listNeeds(needs: Term | undefined): readonly string[] {
  return isList(needs)
    ? needs.flatMap((need) => (isList(need) && typeof need[0] === 'string' ? [need[0]] : []))
    : [];
}

/** A lock names a repository of Hex by a word, and its address is set elsewhere. */
function nameRepository(repository: string): RegistryOrigin {
  return repository === 'hexpm'
    ? UNNAMED_REGISTRY
    : { registry: repository.replace(':', '/'), registryFrom: 'lock' };
}

function nameAddress(address: string): RegistryOrigin {
  const registry = parseRegistry(address.replace(/^git@([^:/]+):/, 'ssh://git@$1/'));
  return registry === null
    ? UNNAMED_REGISTRY
    : { registry: registry.replace(/\.git$/, ''), registryFrom: 'lock' };
}

/** A program: what it asks for as plain tuples, and where its lock is. */
export function readMixManifest(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  if (text.value.length > LIMITS.dependencyFileBytesMax)
    return fail('LIMIT_EXCEEDED', `${file} is too long`, 'Shorten it.');
  const lines = text.value.split('\n').map((line) => line.replace(/^\s*#.*/, ''));
  const lock = lines.flatMap(
    (line) => /\blockfile:\s{0,20}"([^"]{1,500})"/.exec(line)?.[1] ?? [],
  )[0];
  const requests = lines.flatMap((line, at) => {
    const [, name, spec] = /^\s*(?:\[\s*)?\{:([a-z]\w{0,100}),\s*"([^"]{0,200})"/.exec(line) ?? [];
    if (name === undefined || spec === undefined) return [];
    const development = /\bonly:\s*\[?(?::(?:dev|test)(?:,\s*)?)+\]?/.test(line);
    const given = { written: null, folder: null, line: at + 1, development };
    // An option may take it out of the lock of this environment.
    return [{ name, spec, kind: 'optional' as const, ...given }];
  });
  const isOpen = lines.some(
    (line) => /\{:\w{1,100},/.test(line) && !/in_umbrella: true|\bpath: "/.test(line),
  );
  const folder = lock === undefined ? null : joinFolder(takeDirectory(file), takeDirectory(lock));
  const name = folder === null || lock === undefined ? null : joinPath(folder, takeBaseName(lock));
  // mutant mix-folder-outside by mix-format: value -> ok({ name, requests, problems: [], isOpen })
  return ok({ name, requests, problems: lines.flatMap((line) => findAway(file, line)), isOpen });
}

/** `{:d, path: "../d"}`: mix.lock has nothing of it. A folder in the tree is read by itself. */
function findAway(file: string, line: string): readonly Skip[] {
  const [start, name] = /\{:([a-z]\w{0,100}),/.exec(line) ?? [];
  if (start === undefined || name === undefined) return [];
  const rest = line.slice(line.indexOf(start));
  const at = rest.indexOf('path:');
  const path = at === -1 ? null : /^path:\s{0,20}"([^"]{1,500})"/.exec(rest.slice(at))?.[1];
  if (path == null || joinFolder(takeDirectory(file), path) !== null) return [];
  const why = `${quoteName(name)} is in a folder outside this tree, whose content is not known here`;
  return [createSkip(file, 'FACT_UNKNOWN', why, 'Take the inventory of a folder that has both.')];
}
