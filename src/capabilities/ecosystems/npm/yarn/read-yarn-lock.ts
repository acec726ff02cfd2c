import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { isNpmName, isVersionText, parseIntegrity } from '../installed/npm-draft.ts';
import {
  findMissing,
  isPackageJson,
  type LinkedLock,
  type LinkedNeed,
  type LinkedPackage,
  type LinkedState,
  type LockTool,
  refuseEntry,
  startLinked,
  writeAgain,
} from '../linked/linked-lock.ts';
import { readBerryLock } from './berry-lock.ts';
import { type ClassicEntry, parseClassicText } from './classic-text.ts';
import { findRealName, parseDescriptor, parseGitAddress } from './descriptor.ts';
import { DescriptorIndex } from './descriptor-index.ts';

export const YARN: LockTool = { name: 'yarn', settings: 'yarn', rewrite: 'yarn install' };

/**
 * yarn.lock: of Yarn 1 (classic.yarnpkg.com/docs/yarn-lock), or with `__metadata` of Yarn 2 and
 * later.
 */
export function readYarnLock(file: string, bytes: Uint8Array): Result<LinkedLock> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  // Yarn itself decides by this comment, and reads a file without either as a newer one.
  if (/^"?__metadata"?:/m.test(text.value)) return readBerryLock(file, text.value);
  const parsed = parseClassicText(text.value);
  if ('flawAt' in parsed)
    return fail(
      'MALFORMED',
      `line ${parsed.flawAt} is of no form that Yarn writes`,
      writeAgain(YARN),
    );
  const state = startLinked(file, YARN);
  const index = new DescriptorIndex();
  const lines = new Map<string, number>();
  const kept: [string, ClassicEntry][] = [];
  for (const entry of parsed.entries) {
    const key = addIdentity(state, index, entry);
    if (key === null) continue;
    lines.set(key, entry.line);
    kept.push([key, entry]);
  }
  for (const [key, entry] of kept) {
    const own = state.packages.get(key);
    if (own !== undefined) state.packages.set(key, { ...own, needs: listNeeds(index, own, entry) });
  }
  return ok({
    ...state,
    problems: [...state.problems, ...findMissing(state)],
    projects: null,
    knowsDevelopment: false,
    repeatsManifests: false,
    isFor: isPackageJson,
    overridden: new Set<string>(),
    replaced: index.replaced,
    resolve: (_, name, spec) => index.find(name, spec),
    findLine: (key) => lines.get(key) ?? 1,
  });
}

/** Null for an entry that names no package, or one that is there already. */
function addIdentity(
  state: LinkedState,
  index: DescriptorIndex,
  { patterns, fields }: ClassicEntry,
): string | null {
  const asked = patterns.map(parseDescriptor);
  const [first] = asked;
  const key = patterns[0] ?? '';
  const { version, resolved = null } = fields;
  const from = findSource(asked[0]?.range ?? '', resolved);
  const names = new Set(asked.map(findRealName));
  const name = [...names][0] ?? '';
  if (first === undefined || names.size !== 1 || !isNpmName(name))
    refuseEntry(state, key, 'it has no usable name');
  else if (!isVersionText(version)) refuseEntry(state, key, 'it has no version');
  else {
    const entry = {
      key,
      name,
      version,
      from,
      resolved: readAddress(from, asked[0]?.range ?? '', resolved),
    };
    const hashes = readHashes(fields['integrity'], from === 'git' ? null : resolved);
    // Yarn takes the last of two; no two lists of packages may come of one text.
    const known = state.packages.get(key);
    // mutant yarn-entry-twice by yarn-lock: condition -> true
    if (
      asked.every((one) => index.add(one, key)) &&
      (known === undefined || isSame(known, entry))
    ) {
      const plain = { checksum: false, needs: [], tool: false, patched: false };
      state.packages.set(key, { ...entry, hashes, ...plain });
      return key;
    }
    refuseEntry(state, key, 'another entry is for the same requirement');
  }
  return null;
}

function isSame(
  known: LinkedPackage,
  { name, version, resolved }: Pick<LinkedPackage, 'name' | 'version' | 'resolved'>,
): boolean {
  return known.name === name && known.version === version && known.resolved === resolved;
}

function findSource(range: string, resolved: string | null): LinkedPackage['from'] {
  const isLocal = /^(?:file|link):/.test(range) || /^\.{0,2}\//.test(range);
  if (isLocal && resolved === null) return 'folder';
  if (resolved === null) return 'registry';
  if (/^file:/.test(resolved)) return 'archive';
  const address = resolved.slice(0, Math.max(resolved.indexOf('#'), 0)) || resolved;
  if (/\/-\/|\.(?:tgz|tar|tar\.gz)$/.test(address)) return 'registry';
  return parseGitAddress(resolved) !== null && !address.includes('/tar.gz/') ? 'git' : 'archive';
}

function readAddress(
  from: LinkedPackage['from'],
  range: string,
  resolved: string | null,
): string | null {
  if (from === 'folder') return range.replace(/^(?:file|link):/, '');
  if (resolved === null || from === 'git') return resolved;
  return resolved.split('#', 1)[0] ?? null;
}

/** Before it wrote `integrity`, Yarn put SHA-1 behind the address. */
function readHashes(
  integrity: string | undefined,
  resolved: string | null,
): Readonly<Record<string, string>> {
  const hashes = parseIntegrity(integrity);
  const [, sha1] = /#([0-9a-f]{40})$/.exec(resolved ?? '') ?? [];
  return Object.keys(hashes).length > 0 || sha1 === undefined ? hashes : { sha1 };
}

function listNeeds(
  index: DescriptorIndex,
  { key }: LinkedPackage,
  { groups }: ClassicEntry,
): readonly LinkedNeed[] {
  const may = groups['optionalDependencies'] ?? {};
  const all = { ...(groups['dependencies'] ?? {}), ...may };
  return Object.entries(all).map(([name, range]) => ({
    name,
    target: index.findNeed(key, name, range),
    optional: Object.hasOwn(may, name),
  }));
}
