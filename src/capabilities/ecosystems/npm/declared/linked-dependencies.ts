import { formatPurl } from '../../../../core/purl.ts';
import type { Skip } from '../../component.ts';
import { parseArchiveRegistry, parseRegistry } from '../../component-registry.ts';
import type { DeclaredDependency, PinState } from '../../dependency.ts';
import { buildNpmParts, JSR } from '../installed/npm-draft.ts';
import { toProjectManifest, toRequest } from '../installed/npm-manifest.ts';
import {
  findAway,
  findDisagreements,
  findLost,
  findReachable,
  findReplaced,
  isMet,
  listRequests,
  locateTarget,
} from '../linked/linked-extraction.ts';
import type { LinkedLock, LinkedPackage } from '../linked/linked-lock.ts';
import { gatherMembers, type LockMembers } from '../linked/lock-members.ts';
import { skipMissingManifest } from './lock-agreement.ts';
import type { NpmDependencies } from './npm-dependencies.ts';
import { findConfiguredRegistry, type Npmrc } from './npmrc.ts';
import { findOtherArchive } from './pin.ts';
import { quoteText } from './quote-text.ts';
import type { NpmManifest, NpmRequirement } from './read-manifest.ts';
import { findRegistrySource, parseGitHost } from './registry-origin.ts';

/** A lock of another package manager than npm, with the manifests that it is for. */
export interface LinkedProjectFiles {
  readonly lock: LinkedLock;
  readonly manifests: readonly { readonly file: string; readonly manifest: NpmManifest }[];
  readonly settings: Npmrc;
}

/** The requirements of the manifests, as the lock meets them, and all else in the lock. */
export function listLinkedDependencies(
  files: LinkedProjectFiles,
  isHere: (path: string) => boolean,
): NpmDependencies {
  const { lock } = files;
  const manifests = files.manifests.map(({ file, manifest }) => toProjectManifest(file, manifest));
  const members = gatherMembers(lock, manifests);
  const place = (path: string): string => members.findPlace(path) ?? '';
  const direct = files.manifests.flatMap(({ file, manifest }) =>
    manifest.wanted.flatMap((wanted) => resolveDirect(files, members, file, wanted) ?? []),
  );
  const disagreements = manifests.flatMap((one) =>
    findDisagreements(lock, members, place(one.path), one),
  );
  const requests = listRequests(lock, members);
  // mutant declared-linked-folder-out-of-the-tree by outside-the-tree: remove element 4
  const problems: Skip[] = [
    ...files.manifests.flatMap(({ manifest }) => manifest.problems),
    ...lock.problems,
    ...findReplaced(lock, members),
    ...findAway(lock, requests),
    ...disagreements,
    ...(manifests.some(({ path }) => place(path) === '')
      ? findLost(lock, members, isHere)
      : [skipMissingManifest(lock.file)]),
  ];
  const taken = new Set(direct.map(({ key }) => key));
  const reached = findReachable(lock, requests);
  const shipped = findReachable(
    lock,
    requests.filter(({ kind }) => kind !== 'development'),
  );
  const transitive = [...lock.packages.values()]
    .filter(({ key, from }) => from !== 'folder' && !taken.has(key))
    .map((one) => {
      const stray = !one.tool && !reached.has(one.key);
      const development = one.tool || (!stray && !shipped.has(one.key));
      return buildTransitive(files, one, stray, development);
    });
  return { dependencies: [...direct.map(({ dependency }) => dependency), ...transitive], problems };
}

/** Null for a part of this tree, and for a peer that is absent. */
function resolveDirect(
  files: LinkedProjectFiles,
  members: LockMembers,
  file: string,
  wanted: NpmRequirement,
): { readonly key: string | null; readonly dependency: DeclaredDependency } | null {
  const { lock } = files;
  const { name, spec, group, line } = wanted;
  const target = members.resolve(members.findPlace(file) ?? '', toRequest(wanted));
  const base = {
    ecosystem: 'npm' as const,
    requested: spec,
    place: { file, line },
    kind: 'direct' as const,
    development: group === 'devDependencies',
  };
  const found = target.kind === 'package' ? lock.packages.get(target.key) : undefined;
  const path =
    found?.from === 'folder' ? found.resolved : target.kind === 'folder' ? target.path : null;
  if (path !== null) {
    const why = 'it is a link to a folder outside this tree';
    return locateTarget(lock, path) !== null
      ? null
      : {
          key: null,
          dependency: { ...base, ...leaveOpen(files, name, spec), pinned: 'unknown', why },
        };
  }
  if (found === undefined) {
    if (target.kind === 'missing' && (group === 'peerDependencies' || members.overridden.has(name)))
      return null;
    const isUnclear = target.kind === 'unclear';
    const why = isUnclear
      ? `${lock.file} does not say which version this is`
      : `${lock.file} lacks it: the two disagree`;
    const pinned: PinState = isUnclear ? 'unknown' : 'no';
    return { key: null, dependency: { ...base, ...leaveOpen(files, name, spec), pinned, why } };
  }
  const isAllowed = isMet(lock, members, target, spec, name);
  // mutant linked-lock-disagrees-with-manifest by linked-declarations: condition -> true
  const { pinned, why } = isAllowed
    ? judgeLinkedPin(lock, found)
    : {
        pinned: 'no' as const,
        why: `${lock.file} has ${found.version}, which ${quoteText(spec)} does not allow: the two disagree`,
      };
  const identity = identify(files, found);
  const dependency = { ...base, ...identity, pinned, why, recorded: pinned === 'yes' };
  return { key: found.key, dependency };
}

function leaveOpen(
  { settings }: LinkedProjectFiles,
  name: string,
  spec: string,
): Pick<
  DeclaredDependency,
  'name' | 'version' | 'purl' | 'registry' | 'registryFrom' | 'recorded'
> {
  // It is of JSR, and nothing says which package of it.
  const isOther = spec.startsWith('jsr:');
  return {
    name,
    version: null,
    purl: isOther ? null : formatPurl({ ...buildNpmParts(name, ''), version: null }),
    registry: findConfiguredRegistry(settings, name) ?? null,
    registryFrom: findRegistrySource(settings, name),
    recorded: false,
  };
}

function buildTransitive(
  files: LinkedProjectFiles,
  one: LinkedPackage,
  stray: boolean,
  development: boolean,
): DeclaredDependency {
  const { lock } = files;
  // mutant linked-stray-package by linked-declarations: condition -> false
  const { pinned, why } = stray
    ? {
        pinned: 'no' as const,
        why: `nothing requires it: ${lock.file} disagrees with its manifest`,
      }
    : judgeLinkedPin(lock, one);
  return {
    ecosystem: 'npm',
    requested: null,
    ...identify(files, one),
    pinned,
    why,
    recorded: pinned === 'yes',
    place: { file: lock.file, line: lock.findLine(one.key) },
    kind: 'transitive',
    development,
  };
}

/** Whether the lock fixes the content of a package. */
function judgeLinkedPin(
  { file }: LinkedLock,
  one: LinkedPackage,
): { readonly pinned: PinState; readonly why: string } {
  const { from, resolved, hashes, checksum } = one;
  const other = from === 'registry' ? findOtherArchive(one) : null;
  if (other !== null)
    return { pinned: 'no', why: `${file} calls it ${one.version} but takes ${quoteText(other)}` };
  if (Object.keys(hashes).length > 0)
    return { pinned: 'yes', why: `locked with its hash in ${file}` };
  if (checksum) return { pinned: 'yes', why: `locked with a checksum in ${file}` };
  // mutant linked-commit-of-a-few-digits by linked-declarations: value -> true
  const isCommit = /(?:#|\/tar\.gz\/)(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(resolved ?? '');
  if (isCommit && from !== 'registry')
    return { pinned: 'yes', why: `locked to a commit in ${file}` };
  if (from === 'git')
    return { pinned: 'unknown', why: `${file} names no whole commit, so its content may change` };
  return { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` };
}

function identify(
  { settings }: LinkedProjectFiles,
  one: LinkedPackage,
): Pick<DeclaredDependency, 'name' | 'version' | 'purl' | 'registry' | 'registryFrom'> &
  Partial<Pick<DeclaredDependency, 'ecosystem'>> {
  const { name, version, from, resolved } = one;
  const parts = buildNpmParts(name, version);
  if (from === 'jsr') {
    const purl = formatPurl({ ...parts, type: JSR });
    return { ecosystem: JSR, name, version, purl, registry: null, registryFrom: 'default' };
  }
  const purl = formatPurl(parts);
  const recorded =
    from === 'git' || resolved === null
      ? parseGitHost(resolved ?? '')
      : from === 'registry'
        ? parseArchiveRegistry(resolved, name)
        : parseRegistry(resolved);
  if (recorded !== null) return { name, version, purl, registry: recorded, registryFrom: 'lock' };
  // An archive in the tree, by its path.
  if (from === 'archive') return { name, version, purl, registry: null, registryFrom: 'tree' };
  const registry = findConfiguredRegistry(settings, name) ?? null;
  return { name, version, purl, registry, registryFrom: findRegistrySource(settings, name) };
}
