import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { isList, parseTerms, type Term } from '../elixir/terms.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
  isPlainVersion,
  joinPath,
  type LockContent,
  type LockedPackage,
  type LockFormat,
  type ManifestContent,
  quoteName,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';

const RELOCK = 'rebar3 lock';
const REMEDY = `Write the lock again: ${RELOCK}`;

/** rebar.lock and rebar.config. */
export const rebarFormat: LockFormat = {
  name: 'erlang',
  purlType: 'hex',
  isLock: wantFiles({ names: ['rebar.lock'] }),
  isManifest: wantFiles({ names: ['rebar.config'] }),
  readLock: readRebarLock,
  readManifest: readRebarConfig,
  buildParts: (name, version) => buildPlainParts('hex', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'rebar.config'),
};

/**
 * rebar.lock (rebar3, `rebar_config:consult_lock_file`): a list, or since version 1.1.0 a tuple of
 * version and list, with a list of hashes behind it.
 */
export function readRebarLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const terms = parseTerms(text.value);
  if (!terms.ok) return terms;
  const [first, hashes] = terms.value;
  const isDated = isList(first) && typeof first[0] === 'string';
  if (isDated && !/^1\./.test(String(first[0])))
    return fail('UNSUPPORTED', `${file} has a version that is not 1`, REMEDY);
  const list = isDated ? first[1] : first;
  if (!isList(list)) return fail('MALFORMED', `${file} is no list`, REMEDY);
  const known = {
    inner: readHashes(hashes, 'pkg_hash'),
    outer: readHashes(hashes, 'pkg_hash_ext'),
  };
  const findLine = createLineFinder(text.value);
  const problems: Skip[] = [];
  const packages: LockedPackage[] = [];
  const direct: string[] = [];
  for (const entry of list) {
    const read = readEntry(file, entry, known, findLine);
    if (typeof read === 'string') problems.push(createSkip(file, 'MALFORMED', read, REMEDY));
    else {
      packages.push(read);
      // The level: 0 for what the project itself asks for.
      if (isList(entry) && entry[2] === '0') direct.push(read.key);
    }
  }
  return ok(
    createPlainContent({ file, packages, direct, problems, covers: 'below', remedy: REMEDY }),
  );
}

/**
 * `[{pkg_hash, […]}, {pkg_hash_ext, […]}]`: the first are of what is in an archive, and those of
 * the whole archive came with version 1.2.0. rebar3 checks both.
 */
interface RebarHashes {
  readonly inner: ReadonlyMap<string, string>;
  readonly outer: ReadonlyMap<string, string>;
}

function readHashes(hashes: Term | undefined, kind: 'pkg_hash' | 'pkg_hash_ext') {
  const known = new Map<string, string>();
  const named = isList(hashes) ? hashes.find((one) => isList(one) && one[0] === kind) : undefined;
  const pairs = isList(named) && isList(named[1]) ? named[1] : [];
  for (const pair of pairs)
    if (isList(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string')
      if (/^[0-9a-f]{64}$/i.test(pair[1])) known.set(pair[0], pair[1].toLowerCase());
  return known;
}

function readEntry(
  file: string,
  entry: Term,
  hashes: RebarHashes,
  findLine: (needle: string) => number,
): LockedPackage | string {
  const [name, source] = isList(entry) ? entry : [];
  if (typeof name !== 'string' || !/^[\w.-]{1,200}$/.test(name))
    return 'an entry has no usable name';
  const [kind, first, second] = isList(source) ? source : [];
  const line = findLine(`"${name}"`);
  if (kind === 'pkg' && typeof first === 'string' && isPlainVersion(second)) {
    const hash = hashes.outer.get(name);
    const isHashed = hash !== undefined || hashes.inner.has(name);
    return createLocked('hex', {
      ...{ key: `${name} ${second}`, name, version: second, line },
      parts: buildPlainParts('hex', first, second),
      hashes: hash === undefined ? {} : { sha256: hash },
      ...(!isHashed
        ? { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` }
        : { pinned: 'yes', why: `locked with its hash in ${file}` }),
    });
  }
  const ref = isList(second) && second[0] === 'ref' ? second[1] : null;
  if (
    kind !== 'git' ||
    typeof first !== 'string' ||
    typeof ref !== 'string' ||
    !/^[0-9a-f]{40}$/.test(ref)
  )
    return `${quoteName(name)} has no version or commit that is known here`;
  const origin = first.replace(/^([a-z+.-]+:\/\/)(?!git@)[^/@]*@/i, '$1');
  return createLocked('hex', {
    ...{ name, version: ref, line },
    parts: {
      ...buildPlainParts('hex', name, ref),
      qualifiers: { vcs_url: `git+${origin}@${ref}` },
    },
    origin: `git+${origin}#${ref}`,
    ...{ pinned: 'yes', why: `locked to a commit in ${file}` },
  });
}

/** Whether `{deps, […]}` names any. */
export function readRebarConfig(_file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const plain = text.value.replace(/%[^\n]*/g, '').replace(/\s+/g, '');
  const isOpen = /\{deps,\[[^\]]/.test(plain);
  return ok({ name: null, requests: [], problems: [], isOpen });
}
