import { LIMITS } from './limits.ts';
import { fail, ok, type Result } from './result.ts';

/** A canonical package URL (purl-spec): equal packages have equal texts. */
export type Purl = string & { readonly __brand: 'Purl' };

export interface PurlParts {
  readonly type: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly version: string | null;
  readonly qualifiers: Readonly<Record<string, string>>;
  readonly subpath: string | null;
}

const TYPE = /^[a-z][a-z0-9.-]*$/;
const QUALIFIER_KEY = /^[a-z][a-z0-9._-]*$/;
const LOWER_NAMESPACE = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'composer',
  'deb',
  'github',
  'gitlab',
  'golang',
  'hex',
  'pypi',
  'qpkg',
  'rpm',
]);
const LOWER_NAME = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'bitnami',
  'composer',
  'deb',
  'github',
  'gitlab',
  'golang',
  'hex',
  'oci',
  'pub',
  'pypi',
]);
const LOWER_VERSION = new Set(['huggingface', 'oci']);

/**
 * Reads any spelling and gives the canonical one.
 *
 * @example canonicalPurl('pkg:PyPI/Django_package@1.11') // pkg:pypi/django-package@1.11
 */
export function canonicalPurl(text: string): Result<Purl> {
  const parts = parsePurl(text);
  return parts.ok ? ok(formatPurl(parts.value)) : parts;
}

/** The parts, decoded and normalised by the rules of their type. */
export function parsePurl(text: string): Result<PurlParts> {
  if (text.length > LIMITS.purlBytesMax) return fail('LIMIT_EXCEEDED', 'the purl is too long', 'Shorten it.');
  try {
    return readPurl(text);
  } catch (cause) {
    return malformed(text, 'a percent-encoding is broken', cause);
  }
}

function readPurl(text: string): Result<PurlParts> {
  const [beforeHash, subpathText] = splitLast(text, '#');
  const [beforeQuery, queryText] = splitLast(beforeHash, '?');
  const scheme = /^pkg:\/*/i.exec(beforeQuery);
  if (scheme === null) return malformed(text, 'it does not begin with pkg:');
  const rest = trimSlashes(beforeQuery.slice(scheme[0].length));
  const slash = rest.indexOf('/');
  const type = rest.slice(0, Math.max(slash, 0)).toLowerCase();
  if (!TYPE.test(type)) return malformed(text, 'its type is malformed');
  const [path, versionText] = splitVersion(rest.slice(slash + 1));
  const segments = trimSlashes(path)
    .split('/')
    .map(decodeURIComponent)
    .filter((segment) => segment !== '');
  const name = segments.pop();
  if (name === undefined) return malformed(text, 'it has no name');
  const qualifiers = readQualifiers(queryText);
  if (qualifiers === null) return malformed(text, 'a qualifier is malformed or named twice');
  const subpath = (subpathText ?? '')
    .split('/')
    .map(decodeURIComponent)
    .filter((part) => !['', '.', '..'].includes(part));
  const version = versionText === null ? null : decodeURIComponent(versionText);
  return normalised(text, {
    type,
    namespace: segments.join('/') || null,
    name,
    version: version || null,
    qualifiers,
    subpath: subpath.join('/') || null,
  });
}

/** The version stands behind the last @ of the last segment; a scoped npm name may begin with an unescaped one. */
function splitVersion(path: string): [string, string | null] {
  const at = path.lastIndexOf('@');
  if (at <= 0 || path[at - 1] === '/') return [path, null];
  if (path.indexOf('/', at) !== -1 && path.startsWith('@')) return [path, null];
  return [path.slice(0, at), path.slice(at + 1)];
}

function readQualifiers(query: string | null): Record<string, string> | null {
  const pairs = new Map<string, string>();
  for (const pair of (query ?? '').split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(equals, 0)).toLowerCase();
    if (!QUALIFIER_KEY.test(key) || pairs.has(key)) return null;
    const value = decodeURIComponent(pair.slice(equals + 1));
    if (value !== '') pairs.set(key, value);
  }
  return Object.fromEntries([...pairs].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function normalised(text: string, parts: PurlParts): Result<PurlParts> {
  const namespace = LOWER_NAMESPACE.has(parts.type) ? (parts.namespace?.toLowerCase() ?? null) : parts.namespace;
  const lower = LOWER_NAME.has(parts.type) ? parts.name.toLowerCase() : parts.name;
  const name = parts.type === 'pypi' ? lower.replaceAll('_', '-') : lower;
  const version = LOWER_VERSION.has(parts.type) ? (parts.version?.toLowerCase() ?? null) : parts.version;
  const mlflow = parts.type === 'mlflow' && /databricks/.test(parts.qualifiers['repository_url'] ?? '');
  const flaw = flawOf(parts);
  if (flaw !== null) return malformed(text, flaw);
  return ok({ ...parts, namespace, name: mlflow ? name.toLowerCase() : name, version });
}

function flawOf({ type, namespace, version, qualifiers }: PurlParts): string | null {
  if (type === 'swift' && (namespace === null || version === null)) return 'swift needs a namespace and a version';
  if (type === 'cran' && version === null) return 'cran needs a version';
  if (type === 'vscode-extension' && namespace === null) return 'vscode-extension needs a namespace';
  if (type === 'conan' && (namespace === null) !== (qualifiers['channel'] === undefined)) {
    return 'conan needs both a namespace and a channel, or neither';
  }
  return null;
}

/** The canonical text of parts that parsePurl or code made. */
export function formatPurl(parts: PurlParts): Purl {
  const path = [...(parts.namespace ?? '').split('/'), parts.name].filter((segment) => segment !== '').map(encode);
  const version = parts.version === null ? '' : `@${encode(parts.version)}`;
  const pairs = Object.entries(parts.qualifiers).sort(([one], [other]) => (one < other ? -1 : 1));
  const query = pairs.map(([key, value]) => `${key}=${encode(value)}`).join('&');
  const subpath = (parts.subpath ?? '')
    .split('/')
    .filter((segment) => segment !== '')
    .map(encode)
    .join('/');
  return `pkg:${[parts.type, ...path].join('/')}${version}${query && `?${query}`}${subpath && `#${subpath}`}` as Purl;
}

/** The purl-spec escapes all but letters, digits, `.-_~` and the colon. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function splitLast(text: string, mark: string): [string, string | null] {
  const at = text.lastIndexOf(mark);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+/, '').replace(/\/+$/, '');
}

function malformed(text: string, why: string, cause?: unknown): Result<never> {
  return fail(
    'MALFORMED',
    `not a package URL: ${JSON.stringify(text.slice(0, 120))}: ${why}`,
    'Write pkg:type/namespace/name@version.',
    cause,
  );
}
