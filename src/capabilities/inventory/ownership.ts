import type { FileAlgorithm, OperatingSystem, OwnedFiles } from '../ecosystems/index.ts';
import { type Draft, findByPurlType } from '../ecosystems/index.ts';
import type { FileRecord, FileResult } from './file-requests.ts';
import type { Snapshot } from './layers/snapshot.ts';

/**
 * What an installed package says about a file that it put there: `covers` if its advisories are
 * also about what is in the file, `installed` if it is only part of that package.
 */
export type Standing = 'covers' | 'installed';

/** The standing of files by their real path; others belong to no installed package. */
export type Ownership = ReadonlyMap<string, Standing>;

/** A package that is installed, and the layer since which it is there in this version. */
interface Owner {
  readonly draft: Draft;
  readonly layer: number;
}

/**
 * The files that are as an installed package of a distribution put them there. A list without an
 * installed package says nothing, nor does it about a file with another digest or from a later
 * layer. Plain files that belong to a package are dropped from the snapshot: they need no more
 * attention. `matters` says so of the links that do.
 */
export function settleOwnership(
  snapshot: Snapshot<FileRecord>,
  readings: readonly FileResult[],
  { os, matters }: OwnershipContext,
): Ownership {
  const owners = listOwners(readings);
  const claims = new Map<string, Map<Owner, FileDigest | null>>();
  const lists = readings.flatMap(({ extracted }) => extracted.owned ?? []);
  for (const list of lists) {
    for (const owner of owners.get(list.package) ?? [])
      noteClaims({ snapshot, claims, matters }, list, owner);
  }
  const standings = new Map<string, Standing>();
  for (const [path, byOwner] of claims)
    for (const [owner, digest] of byOwner) {
      if (!isUnchanged(snapshot, path, owner, digest)) continue;
      const { coversFile } = findByPurlType(owner.draft.parts.type)?.distribution ?? {};
      const covers = coversFile?.(owner.draft, path, os) === true;
      if (covers || !standings.has(path)) standings.set(path, covers ? 'covers' : 'installed');
    }
  return standings;
}

/** The real paths of which an installed list of a package says what their digest is. */
export function* listDigestClaims(
  snapshot: Snapshot<FileRecord>,
  readings: readonly FileResult[],
): Generator<{ readonly path: string; readonly algorithm: FileAlgorithm }> {
  for (const list of readings.flatMap(({ extracted }) => extracted.owned ?? [])) {
    const algorithm = findAlgorithm(list);
    if (algorithm === null) continue;
    for (const { path } of readLines(list)) {
      const real = snapshot.tryLocateEntry(path);
      if (real !== null) yield { path: real, algorithm };
    }
  }
}

function listOwners(readings: readonly FileResult[]): ReadonlyMap<string, readonly Owner[]> {
  const owners = new Map<string, Owner[]>();
  const add = (name: string, owner: Owner): void => {
    const same = owners.get(name);
    if (same === undefined) owners.set(name, [owner]);
    else same.push(owner);
  };
  for (const { extracted, since } of readings)
    for (const draft of extracted.drafts) {
      if (findByPurlType(draft.parts.type)?.distribution === undefined) continue;
      const owner = { draft, layer: since?.get(draft.key)?.index ?? 0 };
      add(draft.key, owner);
      if (draft.name !== draft.key) add(draft.name, owner);
      if (draft.listName !== undefined) add(draft.listName, owner);
    }
  return owners;
}

export interface OwnershipContext {
  readonly os: OperatingSystem | null;
  readonly matters: (path: string) => boolean;
}

interface FileDigest {
  readonly algorithm: FileAlgorithm;
  readonly hex: string;
}

interface ClaimState {
  readonly snapshot: Snapshot<FileRecord>;
  readonly claims: Map<string, Map<Owner, FileDigest | null>>;
  readonly matters: (path: string) => boolean;
}

/** Files that matter keep the claim; of the others only those from a later layer stay. */
function noteClaims(
  { snapshot, claims, matters }: ClaimState,
  list: OwnedFiles,
  owner: Owner,
): void {
  for (const { path, digest } of readLines(list)) {
    const real = snapshot.claimEntry(path, owner.layer);
    if (real === null || (snapshot.readLink(real) !== null && !matters(real))) continue;
    const byOwner = claims.get(real) ?? new Map<Owner, FileDigest | null>();
    claims.set(real, byOwner.set(owner, digest ?? byOwner.get(owner) ?? null));
  }
}

/** dpkg still writes /bin/x where /bin is a link to /usr/bin. */
function* readLines(list: OwnedFiles): Generator<{ path: string; digest: FileDigest | null }> {
  const { lines } = list;
  const algorithm = findAlgorithm(list);
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString('utf8');
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found === -1 ? text.length : found;
    const start = from;
    from = end + 1;
    const hex = algorithm === null ? null : readHex(text, start, algorithm);
    if (algorithm !== null && hex === null) continue;
    const path = trimPath(text.slice(hex === null ? start : start + hex.length + 2, end));
    const digest = algorithm === null || hex === null ? null : { algorithm, hex };
    if (path !== '') yield { path, digest };
  }
}

function findAlgorithm({ form }: OwnedFiles): FileAlgorithm | null {
  return form === 'paths' ? null : (form.slice(0, -'sums'.length) as FileAlgorithm);
}

/** A digest, and what follows it in a line. */
const SUMS = {
  md5: /[0-9a-f]{32} [ *]/y,
  sha1: /[0-9a-f]{40} [ *]/y,
  sha256: /[0-9a-f]{64} [ *]/y,
} as const;

function readHex(text: string, from: number, algorithm: FileAlgorithm): string | null {
  const sum = SUMS[algorithm];
  sum.lastIndex = from;
  return sum.test(text) ? text.slice(from, sum.lastIndex - 2) : null;
}

function trimPath(text: string): string {
  let from = 0;
  while (text.startsWith('/', from) || text.startsWith('./', from))
    from += text.startsWith('/', from) ? 1 : 2;
  return text.slice(from).trimEnd();
}

/** By its digest where the package has one for it; else by its layer. */
function isUnchanged(
  snapshot: Snapshot<FileRecord>,
  path: string,
  { layer }: Owner,
  digest: FileDigest | null,
): boolean {
  const found = digest === null ? undefined : snapshot.get(path)?.digests[digest.algorithm];
  // mutant owned-file-with-another-digest by ownership: remove
  if (found !== undefined) return digest?.hex === found;
  // mutant owned-file-of-a-later-layer by ownership: value -> true
  return (snapshot.findLayer(path) ?? 0) <= layer;
}
