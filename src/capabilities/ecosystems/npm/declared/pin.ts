import { cutBefore } from '../../../../formats/text/cut.ts';
import type { PinState } from '../../dependency.ts';
import type { LockEntry, NpmLock } from '../lock/read-lock.ts';
import { quoteText } from './quote-text.ts';
import { allowsVersion, isGit } from './requirement.ts';

/**
 * Whether the lock fixes the content of one package, and for a requirement of a manifest whether it
 * is the required one.
 */
export function judgePin(
  entry: LockEntry,
  lock: NpmLock | null,
  spec: string | null,
): { pinned: PinState; why: string } {
  const { version, resolved } = entry;
  const file = lock?.file ?? '';
  // mutant lock-disagrees-with-manifest by npm: condition -> false
  if (spec !== null && version !== null && !allowsVersion(spec, entry, version))
    return {
      pinned: 'no',
      why: `${file} has ${version}, which ${quoteText(spec)} does not allow: the two disagree`,
    };
  const other = findOtherArchive(entry);
  if (other !== null)
    return { pinned: 'no', why: `${file} calls it ${version ?? ''} but takes ${quoteText(other)}` };
  // npm checks no hash of what it gets from git.
  if (resolved !== null && isGit(resolved)) {
    if (/#(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(resolved))
      return { pinned: 'yes', why: `locked to a commit in ${file}` };
    return { pinned: 'unknown', why: `${file} names no commit for it, so its content may change` };
  }
  // mutant lock-entry-without-hash by npm: condition -> true
  if (entry.integrity) return { pinned: 'yes', why: `locked with its hash in ${file}` };
  if (entry.bundled && isBroughtBy(lock, entry.key))
    return { pinned: 'yes', why: 'bundled in a package that includes it' };
  return { pinned: 'unknown', why: `${file} has no hash for it, so its content may change` };
}

/**
 * The archive in an address of the form that npm registries use (`NAME/-/NAME-VERSION.tgz`), where
 * it is another package or another version than the lock says: advisories would be looked up for a
 * package that is not installed.
 */
export function findOtherArchive({
  resolved,
  name,
  version,
}: Pick<LockEntry, 'resolved' | 'name' | 'version'>): string | null {
  const address = cutBefore(resolved ?? '', '?#');
  const host = /^https?:\/\/[^/]+(?=\/)/i.exec(address)?.[0];
  const mark = address.lastIndexOf('/-/');
  if (host === undefined || mark < host.length || version === null) return null;
  if (!/[\s\S]\.tgz$/i.test(address.slice(mark + 3))) return null;
  const path = decodeText(address.slice(host.length, mark));
  const file = decodeText(address.slice(mark + 3, -'.tgz'.length));
  const short = name.slice(name.lastIndexOf('/') + 1);
  const wanted = cutBefore(version, '+');
  const isNamed = path.endsWith(`/${name}`);
  const isArchive = [short, name].some(
    (one) => file === `${one}-${wanted}` || file === `${one}-${version}`,
  );
  return isNamed && isArchive ? null : `${path.slice(path.lastIndexOf('/') + 1)}/-/${file}.tgz`;
}

function decodeText(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a package above it, which is itself fixed, includes packages in its archive. Version 1
 * does not say which ones do.
 */
function isBroughtBy(lock: NpmLock | null, key: string): boolean {
  for (
    let at = key.lastIndexOf('/node_modules/');
    at !== -1;
    at = key.lastIndexOf('/node_modules/', at - 1)
  ) {
    const above = lock?.entries.get(key.slice(0, at));
    if (above?.version != null && above.integrity && above.bundles !== false) return true;
  }
  return false;
}
