import { LIMITS } from '../../../core/limits.ts';
import { takeBaseName } from '../extractor.ts';

/** The name of an archive as repositories write it: `artifact-version-classifier.jar`. */
export interface ArchiveName {
  /** Without version and suffix. */
  readonly stem: string;
  readonly version: string | null;
  /** In lower case, without the dot; empty where there is none. */
  readonly suffix: string;
}

/** Words that stand in a version; others between two versions are part of the name. */
const QUALIFIERS =
  /^(?:alpha|beta|b|m|rc|cr|pre|dev|snapshot|final|ga|sp|release|build|redhat|jbossorg|incubating|jre|jdk|java|android)\d*$/i;

/**
 * @example parseArchiveName('lib/log4j-1.2-api-2.17.1.jar') // log4j-1.2-api, 2.17.1
 */
export function parseArchiveName(location: string): ArchiveName {
  const base = takeBaseName(location);
  const dot = base.lastIndexOf('.');
  const hasSuffix = dot > 0 && /^[a-z]+$/i.test(base.slice(dot + 1));
  const suffix = hasSuffix ? base.slice(dot + 1).toLowerCase() : '';
  const whole = hasSuffix ? base.slice(0, dot) : base;
  const parts = whole.split('-');
  const at = findVersionPart(parts);
  if (at !== null)
    return { stem: parts.slice(0, at).join('-'), version: parts.slice(at).join('-'), suffix };
  // OSGi bundles: org.example.bundle_3.2.1.jar
  const [, stem, version] = /^([^_]+)_(\d[^_]*)$/.exec(whole) ?? [];
  return stem === undefined || version === undefined
    ? { stem: whole, version: null, suffix }
    : { stem, version, suffix };
}

/** The part that the version begins with; the last one where a name has a version of its own. */
function findVersionPart(parts: readonly string[]): number | null {
  let found: number | null = null;
  // Since the part that was found, in one pass: a name may have thousands of parts.
  let hasName = false;
  for (let at = 1; at < parts.length; at++) {
    const part = parts[at] ?? '';
    const isVersioned = /^\d/.test(part);
    if (isVersioned && (found === null || (hasName && /^\d+\.\d/.test(part)))) {
      found = at;
      hasName = false;
    } else if (/^[a-z]/i.test(part) && !QUALIFIERS.test(part)) hasName = true;
  }
  return found;
}

/** A version, and not a placeholder that the build did not fill in. */
export function isVersion(text: string | null | undefined): text is string {
  return (
    typeof text === 'string' &&
    text.length <= LIMITS.versionBytesMax &&
    /^[A-Za-z0-9][A-Za-z0-9_.+~-]*$/.test(text)
  );
}

/**
 * The version of an archive without Maven coordinates. A manifest often has a label of the build,
 * or another form of the same version, and the file name what the repository says: so the file name
 * counts, unless the numbers of the two differ.
 */
export function chooseVersion(
  { version }: ArchiveName,
  manifest: ReadonlyMap<string, string>,
): string | null {
  const built = manifest.get('implementation-version');
  const bundle = manifest.get('bundle-version');
  if (!isVersion(version)) return [built, bundle].find(isVersion) ?? null;
  // mutant archive-name-has-the-version: condition -> isVersion(built)
  return isVersion(built) && contradicts(version, built) ? built : version;
}

/** Whether both are numbers with dots, and differ in one that both have. */
function contradicts(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => /^\d+(?:\.\d+)+/.exec(text)?.[0].split('.'));
  if (first === undefined || second === undefined) return false;
  return first.slice(0, second.length).some((part, at) => Number(part) !== Number(second[at]));
}

/**
 * Whether an archive with this name is the artifact itself, and not one that was packed into it:
 * its name is the artifact, or ends with it and the same version, as names of bundles do.
 */
export function isNamedAfter(
  name: ArchiveName,
  { artifact, version }: { readonly artifact: string; readonly version: string },
): boolean {
  const own = splitWords(name.version === null ? name.stem : `${name.stem}-${name.version}`);
  const wanted = splitWords(artifact);
  if (own.length < wanted.length) return false;
  if (startsWith(own, wanted, 0)) {
    const next = own[wanted.length];
    if (next === undefined || /^\d/.test(next)) return true;
  }
  const whole = [...wanted, ...splitWords(version)];
  return own.some((_, at) => startsWith(own, whole, at));
}

function splitWords(text: string): readonly string[] {
  return text.toLowerCase().split(/[-_.+]+/);
}

function startsWith(words: readonly string[], wanted: readonly string[], from: number): boolean {
  return wanted.every((word, at) => words[from + at] === word);
}
