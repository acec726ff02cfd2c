import { locatePath } from '../lock/python-lock.ts';
import { isPythonName, normaliseName } from '../requirement.ts';

/** A place that a package is taken from, in place of an index. */
export interface AddressParts {
  readonly kind: 'git' | 'archive' | 'file' | 'folder';
  /** Without user, password and fragment; as written for a path. */
  readonly url: string;
  readonly commit: string | null;
  /** For what is on the disk, from the root of the tree; null where it is outside. */
  readonly path: string | null;
  /** As its file name or its `#egg=` says, normalised; null where neither does. */
  readonly name: string | null;
  readonly version: string | null;
  /** Hashes in the fragment: `sha256:…`. */
  readonly hashes: readonly string[];
}

/** An address or a path of a requirement: pip's VCS form, an archive, a folder. */
export function parseAddress(file: string, text: string): AddressParts {
  const [whole = '', fragment = ''] = splitOnce(text, '#');
  const named = new Map(
    fragment.split('&').map((part) => splitOnce(part, '=') as readonly [string, string]),
  );
  const egg = (named.get('egg') ?? '').split('[', 1)[0] ?? '';
  const archive = readArchiveName(whole);
  const name = isPythonName(egg) ? normaliseName(egg) : (archive?.name ?? null);
  const hashes = ['sha256', 'sha384', 'sha512'].flatMap((algorithm) => {
    const digest = named.get(algorithm) ?? '';
    return /^[0-9a-f]{64,128}$/.test(digest) ? [`${algorithm}:${digest}`] : [];
  });
  const base = { name, version: archive?.version ?? null, hashes };
  const vcs = /^(?:git|hg|svn|bzr)\+/i.test(whole);
  if (vcs) {
    const at = whole.lastIndexOf('@');
    const reference = at > whole.lastIndexOf('/') ? whole.slice(at + 1) : '';
    const url = reference === '' ? whole : whole.slice(0, at);
    const commit = /^[0-9a-f]{40}$/i.test(reference) ? reference.toLowerCase() : null;
    return { ...base, kind: 'git', url: dropCredentials(url), commit, path: null, version: null };
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(whole) && !/^(?:file:|[a-z]:\\)/i.test(whole))
    return { ...base, kind: 'archive', url: dropCredentials(whole), commit: null, path: null };
  const extras = whole.endsWith(']') ? whole.lastIndexOf('[') : -1;
  const place = extras === -1 ? whole : whole.slice(0, extras);
  const path = locatePath(file, place);
  const kind = ARCHIVE.test(place) ? ('file' as const) : ('folder' as const);
  return { ...base, kind, url: place, commit: null, path };
}

const ARCHIVE = /\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz)$/i;

function splitOnce(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** An SBOM is published: it has no user names and passwords. */
export function dropCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)(?!git@)[^/@]*@/i, '$1');
}

/**
 * What the name of an archive says: a wheel's always (PEP 427), that of a source archive where it
 * has the form of PEP 625.
 */
export function readArchiveName(
  url: string,
): { readonly name: string; readonly version: string } | null {
  const path = url.split('?', 1)[0] ?? '';
  const base = decode(path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1));
  const wheel = /^([A-Za-z0-9][\w.]*)-([\w.+!]+)-(?:\d[\w.]*-)?[\w.]+-[\w.]+-[\w.]+\.whl$/.exec(
    base,
  );
  const source = /^([A-Za-z0-9][\w.]*)-(\d[\w.+!]*)\.(?:tar\.gz|zip)$/.exec(base);
  const [, name = '', version = ''] = wheel ?? source ?? [];
  return isPythonName(name) ? { name: normaliseName(name), version } : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
