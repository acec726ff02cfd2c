import type { OwnedFiles } from '../ecosystems/index.ts';
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
 * installed package says nothing, nor does it about a file with another MD5 or from a later layer.
 * Plain files that belong to a package are dropped from the snapshot: they need no more attention.
 * `matters` says so of the links that do.
 */
export function settleOwnership(
  snapshot: Snapshot<FileRecord>,
  readings: readonly FileResult[],
  matters: (path: string) => boolean,
): Ownership {
  const owners = listOwners(readings);
  const claims = new Map<string, Map<Owner, string | null>>();
  const lists = readings.flatMap(({ extracted }) => extracted.owned ?? []);
  for (const list of lists) {
    for (const owner of owners.get(list.package) ?? [])
      noteClaims({ snapshot, claims, matters }, list, owner);
  }
  const standings = new Map<string, Standing>();
  for (const [path, byOwner] of claims)
    for (const [owner, md5] of byOwner) {
      if (!isUnchanged(snapshot, path, owner, md5)) continue;
      const { coversFile } = findByPurlType(owner.draft.parts.type)?.distribution ?? {};
      const covers = coversFile?.(owner.draft, path) === true;
      if (covers || !standings.has(path)) standings.set(path, covers ? 'covers' : 'installed');
    }
  return standings;
}

/** The real paths of which an installed list of a package says what their MD5 is. */
export function* listMd5Claims(
  snapshot: Snapshot<FileRecord>,
  readings: readonly FileResult[],
): Generator<string> {
  for (const { extracted } of readings) {
    if (extracted.owned?.form !== 'md5sums') continue;
    for (const { path } of readLines(extracted.owned)) {
      const real = snapshot.tryLocateEntry(path);
      if (real !== null) yield real;
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

interface ClaimState {
  readonly snapshot: Snapshot<FileRecord>;
  readonly claims: Map<string, Map<Owner, string | null>>;
  readonly matters: (path: string) => boolean;
}

/** Files that matter keep the claim; of the others only those from a later layer stay. */
function noteClaims(
  { snapshot, claims, matters }: ClaimState,
  list: OwnedFiles,
  owner: Owner,
): void {
  for (const { path, md5 } of readLines(list)) {
    const real = snapshot.tryLocateEntry(path);
    if (real === null) continue;
    snapshot.dropPlain(real, ({ layer }) => layer <= owner.layer);
    const isLink = snapshot.readLink(real) !== null;
    if (isLink ? !matters(real) : snapshot.get(real) === null) continue;
    const byOwner = claims.get(real) ?? new Map<Owner, string | null>();
    claims.set(real, byOwner.set(owner, md5 ?? byOwner.get(owner) ?? null));
  }
}

/** dpkg still writes /bin/x where /bin is a link to /usr/bin. */
function* readLines({ form, lines }: OwnedFiles): Generator<{ path: string; md5: string | null }> {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString('utf8');
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found === -1 ? text.length : found;
    const line = text.slice(from, end);
    from = end + 1;
    const md5 = form === 'md5sums' ? (/^[0-9a-f]{32}(?= [ *])/.exec(line)?.[0] ?? null) : null;
    if (form === 'md5sums' && md5 === null) continue;
    const path = trimPath(md5 === null ? line : line.slice(md5.length + 2));
    if (path !== '') yield { path, md5 };
  }
}

function trimPath(text: string): string {
  let from = 0;
  while (text.startsWith('/', from) || text.startsWith('./', from))
    from += text.startsWith('/', from) ? 1 : 2;
  return text.slice(from).trimEnd();
}

/** By its MD5 where the package has one for it; else by its layer. */
function isUnchanged(
  snapshot: Snapshot<FileRecord>,
  path: string,
  { layer }: Owner,
  md5: string | null,
): boolean {
  const found = snapshot.get(path)?.md5 ?? null;
  // mutant owned-file-with-another-md5 by ownership: remove
  if (md5 !== null && found !== null) return md5 === found;
  // mutant owned-file-of-a-later-layer by ownership: value -> true
  return (snapshot.findLayer(path) ?? 0) <= layer;
}
