import { cutBefore } from '../../../../formats/text/cut.ts';
import { type LinkTarget, MISSING } from '../linked/linked-lock.ts';

/** How locks of a version write the keys of packages: `/a/1.0.0`, `/a@1.0.0` or `a@1.0.0`. */
export type PathForm = 'slash' | 'slash-at' | 'at';

/**
 * The key of what a reference names (pnpm, `refToRelative` of dependency-path): a version of the
 * package that is called `name`, or the key of another.
 */
export function resolveReference(form: PathForm, name: string, reference: string): LinkTarget {
  if (reference.startsWith('link:')) return { kind: 'folder', path: reference.slice(5) };
  if (reference === '') return MISSING;
  return { kind: 'package', key: buildKey(form, name, reference) };
}

function buildKey(form: PathForm, name: string, reference: string): string {
  if (form === 'at') {
    if (reference.startsWith('@')) return reference;
    const at = reference.indexOf('@');
    const isOther = at !== -1 && [':', '('].every((mark) => isBefore(reference, at, mark));
    return isOther ? reference : `${name}@${reference}`;
  }
  if (reference.startsWith('file:') || cutPeers(reference).includes('/')) return reference;
  return form === 'slash' ? `/${name}/${reference}` : `/${name}@${reference}`;
}

function isBefore(text: string, at: number, mark: string): boolean {
  const other = text.indexOf(mark);
  return other === -1 || at < other;
}

/** Without the peers, and the hash of a patch, that follow in round brackets. */
export function cutPeers(path: string): string {
  return cutBefore(path, '(');
}

/** Name and version as the key itself has them; null for a key that names an address or a path. */
export function parsePath(
  form: PathForm,
  key: string,
): { readonly name: string; readonly version: string } | null {
  const bare = cutPeers(key);
  const path = form === 'at' ? bare : bare.startsWith('/') ? bare.slice(1) : cutHost(bare);
  if (path === null) return null;
  const mark = form === 'slash' ? path.lastIndexOf('/') : path.indexOf('@', 1);
  if (mark <= 0) return null;
  const name = path.slice(0, mark);
  const version = path.slice(mark + 1);
  const plain = form === 'slash' ? cutBefore(version, '_') : version;
  return /^[0-9]+(?:\.[0-9A-Za-z+-]+)*$/.test(plain) ? { name, version: plain } : null;
}

/** The first locks of version 5 put the host of another registry before the name. */
function cutHost(key: string): string | null {
  const slash = key.indexOf('/');
  const host = key.slice(0, Math.max(slash, 0));
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(host) ? key.slice(slash + 1) : null;
}
