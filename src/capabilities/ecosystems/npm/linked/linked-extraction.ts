import { posix } from 'node:path';
import type { Skip } from '../../component.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type ProjectManifest,
  takeDirectory,
} from '../../extractor.ts';
import { skipMissingManifest } from '../declared/lock-agreement.ts';
import { findOtherArchive } from '../declared/pin.ts';
import { quoteText } from '../declared/quote-text.ts';
import { allowsVersion, isAddress, isPath } from '../declared/requirement.ts';
import { buildNpmParts, JSR, parseOrigin } from '../installed/npm-draft.ts';
import {
  isThere,
  type LinkedLock,
  type LinkedPackage,
  type LinkedRequest,
  type LinkTarget,
  writeAgain,
} from './linked-lock.ts';
import { gatherMembers, type LockMembers } from './lock-members.ts';
import { LockPart } from './lock-part.ts';

/** The packages of a lock, and how it agrees with the manifests that it is for. */
export function extractLinked(
  lock: LinkedLock,
  manifests: readonly ProjectManifest[] = [],
  base: readonly Draft[] = buildDrafts(lock),
): Extraction {
  const members = gatherMembers(lock, manifests);
  const requests = listRequests(lock, members);
  const shipped = findReachable(
    lock,
    requests.filter(({ kind }) => kind !== 'development'),
  );
  const developed = findReachable(
    lock,
    requests.filter(({ kind }) => kind === 'development'),
  );
  const drafts = base.map((draft) => {
    const { key, development } = draft;
    const isTool = development || (developed.has(key) && !shipped.has(key));
    return isTool === development ? draft : { ...draft, development: isTool };
  });
  const direct = requests.flatMap(({ target }) => (target.kind === 'package' ? target.key : []));
  const names = listPatched(lock);
  const note = `${lock.file}: patches of this tree change ${names.join(', ')}`;
  return {
    drafts,
    skips: [
      ...lock.problems,
      ...findReplaced(lock, members),
      ...findAway(lock, requests),
      ...findOtherArchives(lock),
    ],
    locks: createCheck(lock, members),
    // Deno needs no manifest: a module itself says what it imports.
    ...(lock.tool.name === 'deno' ? {} : { lacksManifest: skipMissingManifest(lock.file) }),
    ...(names.length === 0 ? {} : { notes: [note] }),
    ...(lock.projects === null && manifests.length === 0 ? {} : { direct }),
    document: new LockPart((known) => extractLinked(lock, known, base)),
  };
}

function listPatched({ packages }: LinkedLock): readonly string[] {
  const patched = [...packages.values()].filter((one) => one.patched);
  return [...new Set(patched.map(({ name, version }) => `${name} ${version}`))].slice(0, 20);
}

/** What manifests require, by the lock where it says which of it is for development. */
export function listRequests(lock: LinkedLock, members: LockMembers): readonly LinkedRequest[] {
  const named = [...(lock.projects?.values() ?? [])].flatMap(({ requests }) => requests);
  if (lock.knowsDevelopment || members.manifests.length === 0) return named;
  return members.manifests.flatMap(({ path, requests }) =>
    requests.map(
      (request): LinkedRequest => ({
        name: request.name,
        spec: request.spec,
        kind: request.development === true ? 'development' : 'required',
        target: members.resolve(members.findPlace(path) ?? '', request),
      }),
    ),
  );
}

/** The keys of all packages that requests bring in. */
export function findReachable(
  { packages }: LinkedLock,
  requests: readonly { readonly target: LinkTarget }[],
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open: string[] = [];
  const visit = (target: LinkTarget): void => {
    if (target.kind !== 'package' || reached.has(target.key)) return;
    reached.add(target.key);
    open.push(target.key);
  };
  for (const { target } of requests) visit(target);
  for (let key = open.pop(); key !== undefined; key = open.pop())
    for (const { target } of packages.get(key)?.needs ?? []) visit(target);
  return reached;
}

function buildDrafts(lock: LinkedLock): readonly Draft[] {
  return [...lock.packages.values()]
    .filter(({ from }) => from !== 'folder')
    .map((one) => buildDraft(lock, one));
}

function buildDraft(lock: LinkedLock, one: LinkedPackage): Draft {
  const { key, name, version, hashes, resolved } = one;
  const parts = buildNpmParts(name, version);
  const needs = one.needs.flatMap(({ target }) => {
    const needed = target.kind === 'package' ? lock.packages.get(target.key) : undefined;
    // What a patch changes is the same package.
    const isItself = needed?.name === name && needed.version === version;
    return target.kind === 'package' && needed?.from !== 'folder' && !isItself ? target.key : [];
  });
  return {
    key,
    parts: one.from === 'jsr' ? { ...parts, type: JSR } : parts,
    name,
    version,
    licenses: [],
    source: null,
    locations: [lock.file],
    hashes,
    origin: parseOrigin(resolved ?? undefined),
    needs,
    development: one.tool,
  };
}

/** Versions that differ from what is asked for, where nobody sets them. */
export function findReplaced(lock: LinkedLock, { overridden }: LockMembers): readonly Skip[] {
  const [first] = lock.replaced.filter(({ name }) => !overridden.has(name));
  // mutant replaced-version-that-nobody-sets by linked-locks: condition -> true
  if (first === undefined) return [];
  const why = `${quoteText(first.of)} needs ${quoteText(first.name)} in a version that is not in the lock`;
  return [createSkip(lock.file, 'MALFORMED', why, writeAgain(lock.tool))];
}

/** The folder of a target, from the root of the tree; null where it is outside. */
export function locateTarget({ file }: LinkedLock, path: string): string | null {
  if (/^(?:[\\/]|~|[A-Za-z]:)/.test(path)) return null;
  const folder = posix.normalize(posix.join(takeDirectory(file), path)).replace(/\/$/, '');
  if (folder === '..' || folder.startsWith('../')) return null;
  return folder === '.' ? '' : folder;
}

/** Folders that a lock leads to: what manifests require and what packages need. */
export function listLinkedFolders(
  lock: LinkedLock,
  requests: readonly LinkedRequest[],
): readonly { readonly name: string; readonly path: string }[] {
  const needs = [...lock.packages.values()].flatMap((one) => one.needs);
  const linked = [...requests, ...needs].flatMap(({ name, target }) =>
    target.kind === 'folder' ? [{ name, path: target.path }] : [],
  );
  const installed = [...lock.packages.values()].flatMap(({ from, name, resolved }) =>
    from === 'folder' ? [{ name, path: resolved ?? '' }] : [],
  );
  const all = new Map([...linked, ...installed].map((one) => [one.path, one]));
  return [...all.values()];
}

/** What is in a folder outside of the tree, and what that needs, is not known here. */
export function findAway(lock: LinkedLock, requests: readonly LinkedRequest[]): readonly Skip[] {
  return listLinkedFolders(lock, requests).flatMap(({ name, path }) => {
    // mutant linked-folder-out-of-the-tree by pnpm-lock: condition -> true
    if (locateTarget(lock, path) !== null) return [];
    const why =
      `${quoteText(name)} is a link to ${quoteText(path)}, a folder outside this tree: its ` +
      'content and what it needs are not known here';
    return [createSkip(lock.file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.')];
  });
}

/** Packages that are taken from the archive of another package or version than they are called. */
function findOtherArchives(lock: LinkedLock): readonly Skip[] {
  return [...lock.packages.values()].flatMap((one) => {
    // mutant linked-package-of-another-archive by pnpm-lock: value -> null
    const other = one.from === 'registry' ? findOtherArchive(one) : null;
    if (other === null) return [];
    const why = `it calls ${quoteText(one.name)} ${one.version} but takes ${quoteText(other)}`;
    return [createSkip(lock.file, 'MALFORMED', why, writeAgain(lock.tool))];
  });
}

function createCheck(lock: LinkedLock, members: LockMembers): CoverageCheck {
  return (manifest, wasRead) => {
    const place = members.findPlace(manifest.path);
    if (place === null) return null;
    const own = findDisagreements(lock, members, place, manifest);
    return place === '' ? [...own, ...findLost(lock, members, wasRead)] : own;
  };
}

/** Where a lock is out of step with a manifest that it is for, in one problem for each side. */
export function findDisagreements(
  lock: LinkedLock,
  members: LockMembers,
  place: string,
  { path, requests }: ProjectManifest,
): readonly Skip[] {
  const lacking = requests.filter(({ name, kind, ...rest }) => {
    const target = members.resolve(place, { name, kind, ...rest });
    if (isMet(lock, members, target, rest.spec, name)) return false;
    // Peers are installed where the settings say so; an override may drop what is asked for.
    return kind !== 'peer' && kind !== 'optional-peer' && !members.overridden.has(name);
  });
  const wanted = new Set(requests.map(({ name }) => name));
  const named = lock.repeatsManifests ? lock.projects?.get(place)?.requests : undefined;
  const stranger = named?.find(({ name }) => !wanted.has(name));
  const again = writeAgain(lock.tool);
  const [first] = lacking;
  const more = lacking.length > 1 ? ` (and ${lacking.length - 1} more)` : '';
  // mutant linked-lock-lacks-a-request by linked-locks: remove element
  // mutant linked-lock-has-more-than-its-manifest by linked-locks: remove element 2
  return [
    ...(first === undefined
      ? []
      : [
          createSkip(
            path,
            'MALFORMED',
            `it requires ${quoteText(first.name)}${more}, which ${lock.file} does not have so: ` +
              'the two disagree',
            again,
          ),
        ]),
    ...(stranger === undefined
      ? []
      : [
          createSkip(
            lock.file,
            'MALFORMED',
            `it requires ${quoteText(stranger.name)}, but ${path} does not: the two disagree`,
            again,
          ),
        ]),
  ];
}

/** Whether the lock has what is asked for, in a version that is allowed where it is a range. */
export function isMet(
  lock: LinkedLock,
  { overridden }: LockMembers,
  target: LinkTarget,
  spec: string,
  name: string,
): boolean {
  if (!isThere(lock, target)) return false;
  const found = target.kind === 'package' ? lock.packages.get(target.key) : undefined;
  if (found === undefined || overridden.has(name) || found.from === 'folder') return true;
  // What is taken from elsewhere, from a catalogue or with a patch names no range here.
  if (isAddress(spec) || isPath(spec) || /^(?!npm:)[a-z]+:/i.test(spec)) return true;
  const { version, resolved } = found;
  // `npm:^1.0.0` is a range of Yarn, and no alias.
  const range = spec.replace(/^npm:(?=[\^~<>=*]|[0-9]+[.])/, '');
  // mutant linked-version-that-is-not-allowed by linked-declarations: value -> true
  return allowsVersion(range, { key: `node_modules/${name}`, name: found.name, resolved }, version);
}

/** Folders of this tree that the lock leads to, and that have no manifest here. */
export function findLost(
  lock: LinkedLock,
  members: LockMembers,
  wasRead: (path: string) => boolean,
): readonly Skip[] {
  return listLinkedFolders(lock, listRequests(lock, members)).flatMap(({ name, path }) => {
    const folder = locateTarget(lock, path);
    // mutant linked-folder-that-is-not-here by linked-locks: condition -> true
    if (folder === null || wasRead(folder === '' ? 'package.json' : `${folder}/package.json`))
      return [];
    const why = `${quoteText(name)} is a link to ${quoteText(folder)}, which has no package.json`;
    return [createSkip(lock.file, 'FACT_UNKNOWN', why, 'Restore the folder, or remove the link.')];
  });
}
