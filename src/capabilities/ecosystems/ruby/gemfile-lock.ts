import type { PurlParts } from '../../../core/purl.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import {
  type CoverageCheck,
  createSkip,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../extractor.ts';
import {
  IN_TREE,
  joinFolder,
  joinPath,
  type LockContent,
  type LockedPackage,
  quoteName,
  type RegistryOrigin,
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import {
  type BundlerLock,
  formatGem,
  type GemSource,
  type LockedGem,
  parseBundlerLock,
} from './bundler-lock.ts';
import { allowsGem } from './gem-order.ts';

export const RELOCK = 'bundle lock';

/** A purl of a gem; a gem that was built for one platform says for which. */
export function buildGemParts(name: string, version: string, platform: string | null): PurlParts {
  const qualifiers: Record<string, string> = platform === null ? {} : { platform };
  return { type: 'gem', namespace: null, name, version, qualifiers, subpath: null };
}

/** Gemfile.lock, gems.locked, and the locks of other Gemfiles. */
export function readGemfileLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const parsed = parseBundlerLock(file, bytes);
  if (!parsed.ok) return parsed;
  const lock = parsed.value;
  const byName = Map.groupBy(lock.gems, ({ name }) => name);
  const isOwn = ({ source }: LockedGem): boolean => locateFolder(file, source) !== null;
  const pick = (names: Iterable<string>, platform: string | null): readonly LockedGem[] =>
    [...names].flatMap((name) => pickPlatform(byName.get(name) ?? [], platform));
  const own = lock.gems.filter(isOwn);
  const wanted = [...lock.dependencies.keys(), ...own.flatMap(({ needs }) => needs)];
  const direct = pick(new Set(wanted), null).filter((gem) => !isOwn(gem));
  const packages = lock.gems
    .filter((gem) => !isOwn(gem))
    .map((gem) =>
      toLocked(
        file,
        lock,
        gem,
        pick(gem.needs, gem.platform).filter((one) => !isOwn(one)),
      ),
    );
  const byKey = new Map(packages.map((locked) => [locked.key, locked]));
  return ok({
    packages,
    direct: direct.map(formatGem),
    isClosed: true,
    problems: [...listMissing(file, lock, byName), ...listAway(file, lock)],
    check: createCheck(file, lock, byName),
    find: ({ name }) => {
      const gems = byName.get(name) ?? [];
      const gem = gems.find(({ platform }) => platform === null) ?? gems[0];
      if (gem === undefined) return null;
      return isOwn(gem) ? 'tree' : (byKey.get(formatGem(gem)) ?? null);
    },
  });
}

/**
 * The gem for a platform, else that of pure Ruby; for pure Ruby those of all platforms, because any
 * of them may be installed.
 */
function pickPlatform(gems: readonly LockedGem[], platform: string | null): readonly LockedGem[] {
  if (platform === null) return gems;
  const same = gems.filter((gem) => gem.platform === platform);
  if (same.length > 0) return same;
  const plain = gems.filter((gem) => gem.platform === null);
  return plain.length > 0 ? plain : gems;
}

/** Bundler itself is no gem of the lock; `BUNDLED WITH` says which version wrote it. */
function listMissing(
  file: string,
  lock: BundlerLock,
  byName: ReadonlyMap<string, readonly LockedGem[]>,
): readonly Skip[] {
  const needed = new Map<string, string>();
  for (const { name, needs } of lock.gems) for (const need of needs) needed.set(need, name);
  for (const name of lock.dependencies.keys()) needed.set(name, 'the project');
  return [...needed].flatMap(([need, by]) => {
    // mutant gem-that-is-needed-and-not-locked: condition -> true
    if (need === 'bundler' || byName.has(need)) return [];
    const why = `${by} needs ${quoteName(need)}, which is not in the lock`;
    return [createSkip(file, 'MALFORMED', why, `Write the lock again: ${RELOCK}`)];
  });
}

/** Gems in folders outside of the tree. */
function listAway(file: string, { gems }: BundlerLock): readonly Skip[] {
  return gems.flatMap((gem) => {
    if (gem.source.kind !== 'PATH' || locateFolder(file, gem.source) !== null) return [];
    const why = `${quoteName(gem.name)} is in ${quoteName(gem.source.remotes[0] ?? '')}, outside this tree`;
    return [createSkip(file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.')];
  });
}

/** The folder of a source of the project itself; null for every other source. */
function locateFolder(file: string, { kind, remotes }: GemSource): string | null {
  return kind === 'PATH' ? joinFolder(takeDirectory(file), remotes[0] ?? '.') : null;
}

/**
 * It is for the Gemfile of its name, and for the gems in folders that it names, whose gemspecs are
 * then known.
 */
function createCheck(
  file: string,
  lock: BundlerLock,
  byName: ReadonlyMap<string, readonly LockedGem[]>,
): CoverageCheck {
  const folders = lock.sources.flatMap((source) => locateFolder(file, source) ?? []);
  return (manifest) => {
    const folder = takeDirectory(manifest.path);
    if (manifest.path.endsWith('.gemspec')) {
      const gaps = listGaps(manifest, byName, () => '');
      return folders.some((one) => one === folder || isGlobbed(folder, one)) ? gaps : null;
    }
    // mutant gemfile-lock-is-for-any-gemfile: condition -> false
    if (nameGemfile(file) !== manifest.path) return null;
    return listGaps(manifest, byName, (name) => lock.dependencies.get(name) ?? null);
  };
}

/** Bundler finds gemspecs in a folder, in those of it, and one level below . */
function isGlobbed(folder: string, top: string): boolean {
  const rest =
    top === '' ? folder : folder.startsWith(`${top}/`) ? folder.slice(top.length + 1) : null;
  return rest !== null && rest.split('/').length <= 2;
}

/** What a manifest asks for by a plain text, and the lock does not have as a dependency of it. */
function listGaps(
  manifest: ProjectManifest,
  byName: ReadonlyMap<string, readonly LockedGem[]>,
  findRequirement: (name: string) => string | null,
): readonly Skip[] {
  return manifest.requests.flatMap(({ name, spec, kind }) => {
    if (kind !== 'required' || name === 'bundler') return [];
    const gems = byName.get(name) ?? [];
    const isKnown = findRequirement(name) !== null && gems.length > 0;
    const allowed = spec === '' || gems.some(({ version }) => allowsGem(spec, version) !== false);
    if (isKnown && allowed) return [];
    const has = isKnown ? `has ${gems[0]?.version ?? ''}` : 'lacks it';
    const why = `it requires ${quoteName(name)} ${quoteName(spec)}, and the lock ${has}: the two disagree`;
    return [createSkip(manifest.path, 'FACT_UNKNOWN', why, `Write the lock again: ${RELOCK}`)];
  });
}

/** The Gemfile that a lock is for. */
export function nameGemfile(lock: string): string {
  if (takeBaseName(lock) === 'gems.locked') return joinPath(takeDirectory(lock), 'gems.rb');
  return lock.slice(0, -'.lock'.length);
}

function toLocked(
  file: string,
  { checksums }: BundlerLock,
  gem: LockedGem,
  needs: readonly LockedGem[],
): LockedPackage {
  const { name, version, platform, source, line } = gem;
  const hash = checksums.get(formatGem(gem));
  return {
    key: formatGem(gem),
    parts: buildGemParts(name, version, platform),
    ...{ name, version, line },
    licenses: [],
    hashes: hash === undefined ? {} : { sha256: hash },
    origin: formatOrigin(source),
    registry: findGemRegistry(source),
    needs: needs.map(formatGem),
    development: false,
    ...judgePin(file, source, hash !== undefined),
  };
}

function judgePin(
  file: string,
  source: GemSource,
  hasHash: boolean,
): Pick<LockedPackage, 'pinned' | 'why' | 'lacksHash'> {
  if (hasHash) return { pinned: 'yes', why: `locked with its hash in ${file}` };
  if (source.kind === 'GIT' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(source.revision ?? ''))
    return { pinned: 'yes', why: `locked to a commit in ${file}` };
  // mutant gem-of-another-registry-without-a-hash: condition -> true
  if (findGemRegistry(source).registry === PUBLIC_REGISTRY) {
    const why = `locked in ${file} to a version, which the public registry never replaces`;
    return { pinned: 'yes', why, lacksHash: true };
  }
  const why = `${file} has no hash for it (bundle lock --add-checksums), so its content may change`;
  return { pinned: 'unknown', why };
}

/** A version that was published there is never published again with other content. */
const PUBLIC_REGISTRY = ['rubygems', 'org'].join('.');

function formatOrigin({ kind, remotes, revision }: GemSource): string | null {
  const [remote] = remotes;
  // Where a lock has several, any of them may have been asked.
  if (remote === undefined || remotes.length > 1) return null;
  const plain = remote.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@?#]*@/i, '$1');
  return kind === 'GIT' ? `git+${plain}${revision === null ? '' : `#${revision}`}` : plain;
}

function findGemRegistry({ kind, remotes }: GemSource): RegistryOrigin {
  if (kind === 'PATH') return IN_TREE;
  const [remote = ''] = remotes;
  if (remotes.length > 1) return UNNAMED_REGISTRY;
  const url = remote.replace(/^git@([^:/]+):/, 'ssh://git@$1/');
  const registry = parseRegistry(url)?.replace(/\.git$/, '') ?? null;
  return registry === null ? UNNAMED_REGISTRY : { registry, registryFrom: 'lock' };
}
