import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { PurlParts } from '../../../core/purl.ts';
import { parseRegistry } from '../component-registry.ts';
import { type LockedPackage, UNNAMED_REGISTRY } from '../locked/locked-package.ts';
import { createLocked } from '../locked/plain-lock.ts';

/** Where the content of an input comes from, and which state of it is meant. */
export interface SourceAddress {
  readonly host: 'github' | 'gitlab' | 'other';
  readonly owner: string | null;
  readonly name: string;
  /** Without credentials. */
  readonly url: string;
  /** A commit, or the hash of the content where there is none. */
  readonly version: string;
  readonly isCommit: boolean;
  readonly isHashed: boolean;
}

/** The hosts that Nix has a short form for, where no other one is named. */
const HOSTS: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['github', 'github.com'],
  ['gitlab', 'gitlab.com'],
  ['sourcehut', 'git.sr.ht'],
]);

/** A locked input of a flake; null where it says no state of any source. */
export function readSource(locked: JsonObject, original: JsonObject): SourceAddress | null {
  const { type, owner, repo, rev, narHash, host } = locked;
  const isCommit = isCommitHash(rev);
  const isHashed = isContentHash(narHash);
  const version = isCommit ? rev : isHashed ? narHash : null;
  if (version === null) return null;
  const known = { version, isCommit, isHashed };
  const place = HOSTS.get(type);
  if (place !== undefined) {
    if (!isName(owner) || !isName(repo)) return null;
    const isOther = typeof host === 'string' && host !== place;
    const server = isOther ? host : place;
    if (!/^[a-z0-9.-]{1,253}(?::\d{1,5})?$/i.test(server)) return null;
    const own = type === 'github' || type === 'gitlab' ? type : 'other';
    const url = `https://${server}/${owner}/${repo}`;
    return { ...known, host: isOther ? 'other' : own, owner, name: repo, url };
  }
  const url = readUrl(locked['url'] ?? original['url']);
  if (url === null) return null;
  return { ...known, host: 'other', owner: null, name: takeName(url), url };
}

export function isCommitHash(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}

/** As Nix writes hashes: SRI, or its own base 32 or hex. */
export function isContentHash(value: JsonValue | undefined): value is string {
  if (typeof value !== 'string') return false;
  return /^(?:sha256-[A-Za-z0-9+/]{43}=|sha512-[A-Za-z0-9+/]{86}==|(?:sha256:)?[0-9a-z]{52,64})$/.test(
    value,
  );
}

export function isName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && /^[\w.~-]{1,200}$/.test(value) && !/^\.+$/.test(value);
}

/** Without user, password and query; null where it is no address. */
export function readUrl(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const place = parseRegistry(value);
  const scheme = /^(?:git\+)?([a-z][a-z0-9.-]{0,20}):\/\//i.exec(value)?.[1];
  return place === null || scheme === undefined ? null : `${scheme.toLowerCase()}://${place}`;
}

/** The last segment of an address, without what says how it is packed. */
export function takeName(url: string): string {
  const last = url.slice(url.lastIndexOf('/') + 1).replace(/\.(?:git|tar\.\w{2,4}|tgz|zip)$/, '');
  return last === '' ? 'source' : last.slice(0, 200);
}

interface LockPlace {
  readonly file: string;
  readonly key: string;
  readonly line: number;
  readonly needs: readonly string[];
}

/** A locked source as a package of its lock. */
export function createSourcePackage(source: SourceAddress, place: LockPlace): LockedPackage {
  const { file, key, line, needs } = place;
  const { name, version, url, owner } = source;
  const registry = parseRegistry(url)?.replace(/\.git$/, '') ?? null;
  return createLocked('generic', {
    ...{ key, line, needs, version },
    name: owner === null ? name : `${owner}/${name}`,
    parts: buildSourceParts(source),
    origin: url,
    registry: registry === null ? UNNAMED_REGISTRY : { registry, registryFrom: 'lock' },
    ...judgePin(file, source),
  });
}

function buildSourceParts({ host, owner, name, url, version, isCommit }: SourceAddress): PurlParts {
  const base = { name, version, subpath: null };
  if (host !== 'other') return { ...base, type: host, namespace: owner, qualifiers: {} };
  const qualifiers: Record<string, string> = isCommit
    ? { vcs_url: `git+${url}@${version}` }
    : { download_url: url };
  return { ...base, type: 'generic', namespace: null, qualifiers };
}

function judgePin(
  file: string,
  { isCommit, isHashed }: SourceAddress,
): Pick<LockedPackage, 'pinned' | 'why' | 'lacksHash'> {
  if (isHashed) return { pinned: 'yes', why: `locked with its hash in ${file}` };
  if (isCommit) return { pinned: 'yes', why: `locked to a commit in ${file}`, lacksHash: true };
  return { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` };
}
