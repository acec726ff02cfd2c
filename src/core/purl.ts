import { Buffer } from 'node:buffer';
import { LIMITS } from './limits.ts';
import { getOwn } from './own.ts';
import { encodePercent } from './percent.ts';
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

/** What a type requires beyond the general grammar (purl-spec, types/*-definition.json). */
interface TypeRule {
  /** Parts that are compared without case, and therefore are written in lower case. */
  readonly lower?: readonly ('namespace' | 'name' | 'version')[];
  readonly namespace?: 'required' | 'prohibited';
  readonly version?: 'required' | undefined;
  readonly qualifier?: string;
  readonly nameForm?: RegExp;
  readonly versionForm?: RegExp;
}

const LOWER_BOTH: TypeRule = { lower: ['namespace', 'name'] };
const LOWER_NAME: TypeRule = { lower: ['name'] };
const LOWER_NAMESPACE: TypeRule = { lower: ['namespace'] };

const TYPE_RULES: ReadonlyMap<string, TypeRule> = new Map<string, TypeRule>([
  ['alpm', LOWER_BOTH],
  ['apk', LOWER_BOTH],
  ['bitbucket', LOWER_BOTH],
  ['bitnami', LOWER_NAME],
  ['brew', LOWER_BOTH],
  ['chrome-extension', { nameForm: /^[a-p]{32}$/, versionForm: /^\d+(?:\.\d+){0,3}$/ }],
  ['composer', LOWER_BOTH],
  ['cpan', { nameForm: /^(?!.*::)/s }],
  ['cran', { version: 'required' }],
  ['deb', LOWER_BOTH],
  ['git', LOWER_BOTH],
  ['github', LOWER_BOTH],
  ['gitlab', LOWER_BOTH],
  ['golang', LOWER_BOTH],
  ['hex', LOWER_BOTH],
  ['huggingface', { lower: ['version'] }],
  ['julia', { qualifier: 'uuid' }],
  ['oci', { lower: ['name', 'version'] }],
  ['otp', { namespace: 'prohibited' }],
  ['pub', LOWER_NAME],
  ['pypi', LOWER_BOTH],
  ['qpkg', LOWER_NAMESPACE],
  ['rpm', LOWER_NAMESPACE],
  ['swift', { namespace: 'required', version: 'required' }],
  ['vcpkg', { namespace: 'prohibited' }],
  ['vscode-extension', { namespace: 'required' }],
]);
const NO_RULE: TypeRule = {};

/** A slash in these names ends the namespace, also where it is escaped. */
const NAMES_WITHOUT_SLASH: ReadonlySet<string> = new Set([
  ...['alpine', 'alpm', 'apk', 'bitbucket', 'bitnami', 'cargo', 'clojars', 'cocoapods', 'composer'],
  ...['conan', 'conda', 'cpan', 'cran', 'deb', 'docker', 'gem', 'github', 'gitlab', 'golang'],
  ...['hackage', 'hex', 'huggingface', 'luarocks', 'maven', 'npm', 'nuget', 'oci', 'otp', 'pub'],
  ...['pypi', 'qpkg', 'rpm', 'swift', 'vcpkg', 'vscode-extension'],
]);

const TYPE = /^[a-z][a-z0-9.-]*$/;
const QUALIFIER_KEY = /^[a-z][a-z0-9._-]*$/;

/**
 * Reads any spelling and gives the canonical one.
 *
 * @example toCanonicalPurl('pkg:PyPI/Django_package@1.11') // pkg:pypi/django-package@1.11
 */
export function toCanonicalPurl(text: string): Result<Purl> {
  const parts = parsePurl(text);
  return parts.ok ? ok(formatPurl(parts.value)) : parts;
}

/**
 * The parts, decoded and normalised by the rules of their type. Nobody can change them: the images
 * of an estate have the same packages, so what was read last is kept.
 */
export function parsePurl(text: string): Result<PurlParts> {
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  const parsed = parseParts(text, findFlaw);
  // mutant long-purls-are-kept: remove operand 2
  if (parsed.ok && text.length <= PARSED_LENGTH_MAX) {
    // mutant purl-memory-without-end: remove
    if (PARSED.size >= PARSED_MAX) PARSED.clear();
    PARSED.set(text, freezeParts(parsed));
  }
  return parsed;
}

const PARSED = new Map<string, Result<PurlParts>>();
const PARSED_MAX = 4_096;
const PARSED_LENGTH_MAX = 512;

function freezeParts(parsed: Result<PurlParts> & { readonly ok: true }): Result<PurlParts> {
  Object.freeze(parsed.value.qualifiers);
  Object.freeze(parsed.value);
  return Object.freeze(parsed);
}

/** The same for a text that may mean every version: no type then needs one. */
export function parsePurlPattern(text: string): Result<PurlParts> {
  return parseParts(text, (parts, rule) => findFlaw(parts, { ...rule, version: undefined }));
}

type FlawFinder = (parts: PurlParts, rule: TypeRule) => string | null;

function parseParts(text: string, findFlawIn: FlawFinder): Result<PurlParts> {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 > LIMITS.purlBytesMax && Buffer.byteLength(text) > LIMITS.purlBytesMax)
    return fail('LIMIT_EXCEEDED', 'the purl is too long', 'Shorten it.');
  try {
    return readPurl(text, findFlawIn);
  } catch (cause) {
    return malformed(text, 'a percent-encoding is broken', cause);
  }
}

function readPurl(text: string, findFlawIn: FlawFinder): Result<PurlParts> {
  const [beforeHash, subpathText] = splitLast(text, '#');
  const [beforeQuery, queryText] = splitLast(beforeHash, '?');
  const scheme = /^pkg:\/*/i.exec(beforeQuery);
  if (scheme === null) return malformed(text, 'it does not begin with pkg:');
  const rest = beforeQuery.slice(scheme[0].length);
  const slash = rest.indexOf('/');
  const type = lowerAscii(rest.slice(0, Math.max(slash, 0)));
  if (!TYPE.test(type)) return malformed(text, 'its type is malformed');
  const [path, versionText] = splitVersion(type, rest.slice(slash + 1));
  const [namespace, name] = splitName(type, path);
  if (name === '' || (versionText !== null && path.endsWith('/')))
    return malformed(text, 'it has no name');
  const qualifiers = readQualifiers(queryText);
  if (qualifiers === null) return malformed(text, 'a qualifier is malformed or named twice');
  // mutant purl-subpath-climbs: remove call
  const subpath = decodeSegments(subpathText ?? '').filter((part) => part !== '.' && part !== '..');
  const version = versionText === null ? null : decodeURIComponent(versionText);
  const parts = { type, namespace, name, version: version || null, qualifiers };
  const rule = TYPE_RULES.get(type) ?? NO_RULE;
  const whole = { ...parts, subpath: subpath.join('/') || null };
  const flaw = findFlawIn(whole, rule);
  return flaw === null ? ok(normaliseParts(whole, rule)) : malformed(text, `${type} ${flaw}`);
}

/**
 * The version is behind the last @; a scope (`@angular/core`, `@angular%2Fcore`) may begin with an
 * unescaped @.
 */
function splitVersion(type: string, path: string): [string, string | null] {
  const at = path.lastIndexOf('@');
  const after = path.slice(at + 1);
  const isPath = NAMES_WITHOUT_SLASH.has(type) ? /\/|%2f/i.test(after) : after.includes('/');
  const scope = (at === 0 || path[at - 1] === '/') && isPath;
  return at === -1 || scope ? [path, null] : [path.slice(0, at), path.slice(at + 1)];
}

/**
 * The last segment is the name, which may contain an escaped slash; a git name is the whole path on
 * its host. Some tools escape the slash of types whose names have none (`%40scope%2Fname`).
 */
function splitName(type: string, path: string): [namespace: string | null, name: string] {
  if (type === 'git') {
    const [host = '', ...rest] = decodeSegments(path);
    return rest.length === 0 ? [null, host] : [host, rest.join('/')];
  }
  if (NAMES_WITHOUT_SLASH.has(type)) {
    const segments = decodeSegments(path);
    const last = segments.pop() ?? '';
    return [segments.join('/') || null, last];
  }
  const segments = path.split('/').filter((segment) => segment !== '');
  const name = decodeURIComponent(segments.pop() ?? '');
  return [decodeSegments(segments.join('/')).join('/') || null, name];
}

/**
 * The path is split before decoding, as the specification says, and again after it: `a%2F..` must
 * not add a hidden segment.
 */
function decodeSegments(path: string): string[] {
  if (!path.includes('%')) return path.split('/').filter((segment) => segment !== '');
  return path
    .split('/')
    .flatMap((segment) => decodeURIComponent(segment).split('/'))
    .filter((segment) => segment !== '');
}

function readQualifiers(query: string | null): Record<string, string> | null {
  if (query === null) return {};
  const pairs = new Map<string, string>();
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    const key = lowerAscii(pair.slice(0, Math.max(equals, 0)));
    // mutant purl-qualifier-twice: remove operand 2
    if (!QUALIFIER_KEY.test(key) || pairs.has(key)) return null;
    const value = decodeURIComponent(pair.slice(equals + 1));
    if (value !== '') pairs.set(key, value);
  }
  return Object.fromEntries([...pairs].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function normaliseParts(parts: PurlParts, rule: TypeRule): PurlParts {
  if (rule.lower === undefined && parts.type !== 'mlflow') return parts;
  const lower = new Set(rule.lower);
  const databricks =
    parts.type === 'mlflow' && (parts.qualifiers['repository_url'] ?? '').includes('databricks');
  const name = lower.has('name') || databricks ? lowerAscii(parts.name) : parts.name;
  return {
    ...parts,
    namespace:
      lower.has('namespace') && parts.namespace !== null
        ? lowerAscii(parts.namespace)
        : parts.namespace,
    // PEP 503, which the purl-spec follows for `_` alone: tools write the dot or the hyphen.
    name: parts.type === 'pypi' ? name.replace(/[-_.]+/g, '-') : name,
    version:
      lower.has('version') && parts.version !== null ? lowerAscii(parts.version) : parts.version,
  };
}

function findFlaw(
  { type, namespace, name, version, qualifiers }: PurlParts,
  rule: TypeRule,
): string | null {
  if (rule.namespace === 'required' && namespace === null) return 'needs a namespace';
  if (rule.namespace === 'prohibited' && namespace !== null) return 'has no namespaces';
  if (rule.version === 'required' && version === null) return 'needs a version';
  if (rule.qualifier !== undefined && getOwn(qualifiers, rule.qualifier) === undefined)
    return `needs ${rule.qualifier}`;
  if (rule.nameForm?.test(name) === false) return 'does not allow that name';
  if (version !== null && rule.versionForm?.test(version) === false)
    return 'does not allow that version';
  const channelAlone =
    type === 'conan' && namespace === null && qualifiers['channel'] !== undefined;
  return channelAlone ? 'needs a namespace when it has a channel' : null;
}

/** The canonical text of parts that parsePurl or code made. */
export function formatPurl(parts: PurlParts): Purl {
  const names = parts.type === 'git' ? parts.name.split('/') : [parts.name];
  const path = [...(parts.namespace ?? '').split('/'), ...names]
    .filter((segment) => segment !== '')
    .map(encode);
  const version = parts.version === null ? '' : `@${encode(parts.version)}`;
  const start = `pkg:${[parts.type, ...path].join('/')}${version}`;
  return `${start}${formatQualifiers(parts)}${formatSubpath(parts)}` as Purl;
}

function formatQualifiers({ qualifiers }: PurlParts): string {
  const pairs = Object.entries(qualifiers).sort(([one], [other]) => (one < other ? -1 : 1));
  const query = pairs.map(([key, value]) => `${key}=${encode(value)}`).join('&');
  return query === '' ? '' : `?${query}`;
}

function formatSubpath({ subpath }: PurlParts): string {
  if (subpath === null) return '';
  const segments = subpath.split('/').filter((segment) => segment !== '');
  return segments.length === 0 ? '' : `#${segments.map(encode).join('/')}`;
}

/**
 * Only ASCII: Unicode folding would turn look-alikes (the Kelvin sign) into the letters that they
 * imitate.
 */
function lowerAscii(text: string): string {
  if (!/[A-Z]/.test(text)) return text;
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** The purl-spec escapes everything except letters, digits, `.-_~` and the colon. */
function encode(text: string): string {
  if (/^[\w.~:-]*$/.test(text)) return text;
  return encodePercent(text)
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function splitLast(text: string, mark: string): [string, string | null] {
  const at = text.lastIndexOf(mark);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function malformed(text: string, why: string, cause?: unknown): Result<never> {
  return fail(
    'MALFORMED',
    `not a package URL: ${JSON.stringify(text.slice(0, 120))}: ${why}`,
    'Write pkg:type/namespace/name@version.',
    cause,
  );
}
