import { LIMITS } from '../../../core/limits.ts';
import { compareDigits, compareText, isCommit, type VersionScheme } from '../version-scheme.ts';

/** A version of PEP 440. */
interface StandardVersion {
  readonly epoch: string;
  /** Without zeros at its end. */
  readonly release: readonly string[];
  readonly pre: { readonly letter: string; readonly number: string } | null;
  /** The number; null where there is none. */
  readonly post: string | null;
  readonly dev: string | null;
  readonly local: readonly string[] | null;
}

/**
 * PEP 440; what it does not allow (`2011k`, `0.1-fox`) comes before everything else, in the order
 * that setuptools had: advisories still name such versions.
 */
export const pythonScheme: VersionScheme = {
  name: 'pep440',
  compare(one, other) {
    if (!isVersion(one) || !isVersion(other)) return null;
    const a = parseStandard(one);
    const b = parseStandard(other);
    if (a !== null && b !== null) return compareStandard(a, b);
    if (a !== null) return 1;
    return b !== null ? -1 : compareLegacy(splitLegacy(one), splitLegacy(other));
  },
  isDoubtful: (version, bound) => parseStandard(version) === null && parseStandard(bound) !== null,
};

/** Anything that setuptools once took, even a word; but no commit, address, range or text. */
function isVersion(text: string): boolean {
  if (text.length > LIMITS.versionBytesMax) return false;
  // mutant commit-as-python-version by versions: operand 2 -> true
  return /^[\w.+!~:-]+$/.test(text.trim()) && !isCommit(text.trim());
}

// PEP 440, appendix B.
const FORM =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

const LETTERS: ReadonlyMap<string, string> = new Map([
  ['alpha', 'a'],
  ['beta', 'b'],
  ['c', 'rc'],
  ['pre', 'rc'],
  ['preview', 'rc'],
]);

function parseStandard(text: string): StandardVersion | null {
  const found = FORM.exec(text.trim().toLowerCase());
  if (found === null) return null;
  const [, epoch, release = '', letter, number, implied, post, postNumber, dev, devNumber, local] =
    found;
  return {
    epoch: epoch ?? '0',
    release: dropZeros(release.split('.')),
    pre:
      letter === undefined
        ? null
        : { letter: LETTERS.get(letter) ?? letter, number: number || '0' },
    post: implied ?? (post === undefined ? null : postNumber || '0'),
    dev: dev === undefined ? null : devNumber || '0',
    local: local?.split(/[-_.]/) ?? null,
  };
}

function dropZeros(numbers: readonly string[]): readonly string[] {
  let end = numbers.length;
  while (end > 0 && /^0+$/.test(numbers[end - 1] ?? '')) end--;
  return numbers.slice(0, end);
}

/** PEP 440, "Summary of permitted suffixes and relative ordering". */
function compareStandard(one: StandardVersion, other: StandardVersion): number {
  return (
    compareDigits(one.epoch, other.epoch) ||
    compareRelease(one.release, other.release) ||
    comparePre(one, other) ||
    compareOptional(one.post, other.post, -1) ||
    compareOptional(one.dev, other.dev, 1) ||
    compareLocal(one.local, other.local)
  );
}

function compareRelease(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const order = compareDigits(one[at] ?? '0', other[at] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

/** `1.0.dev1` comes before `1.0a1`, and `1.0.post1` after every prerelease. */
function comparePre(one: StandardVersion, other: StandardVersion): number {
  const order = rankPre(one) - rankPre(other);
  if (order !== 0 || one.pre === null || other.pre === null) return order;
  return (
    compareText(one.pre.letter, other.pre.letter) || compareDigits(one.pre.number, other.pre.number)
  );
}

function rankPre({ pre, post, dev }: StandardVersion): number {
  if (pre !== null) return 0;
  return post === null && dev !== null ? -1 : 1;
}

/** `absent` is where a version without the part is: before (-1) or after (1) those with it. */
function compareOptional(one: string | null, other: string | null, absent: -1 | 1): number {
  if (one === null || other === null) {
    if (one === other) return 0;
    return one === null ? absent : -absent;
  }
  return compareDigits(one, other);
}

function compareLocal(one: readonly string[] | null, other: readonly string[] | null): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const order = compareLocalPart(one[at] ?? '', other[at] ?? '');
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** Numbers come after words. */
function compareLocalPart(one: string, other: string): number {
  const a = /^\d+$/.test(one);
  const b = /^\d+$/.test(other);
  if (a && b) return compareDigits(one, other);
  if (a !== b) return a ? 1 : -1;
  return compareText(one, other);
}

const LEGACY_WORDS: ReadonlyMap<string, string> = new Map([
  ['pre', 'c'],
  ['preview', 'c'],
  ['-', 'final-'],
  ['rc', 'c'],
  ['dev', '@'],
]);

/** As setuptools up to version 8 split a version: numbers, and words with `*`. */
function splitLegacy(text: string): readonly string[] {
  const parts: string[] = [];
  for (const piece of text
    .trim()
    .toLowerCase()
    .match(/\d+|[a-z]+|-|[^\da-z.-]+/g) ?? [])
    addLegacy(parts, LEGACY_WORDS.get(piece) ?? piece);
  addLegacy(parts, 'final');
  return parts;
}

function addLegacy(parts: string[], piece: string): void {
  if (/^\d/.test(piece)) {
    parts.push(piece);
    return;
  }
  const word = `*${piece}`;
  if (word < '*final') while (parts.at(-1) === '*final-') parts.pop();
  while (/^0+$/.test(parts.at(-1) ?? '')) parts.pop();
  parts.push(word);
}

function compareLegacy(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const [a = '', b = ''] = [one[at], other[at]];
    const areNumbers = !a.startsWith('*') && !b.startsWith('*');
    const order = areNumbers ? compareDigits(a, b) : compareWords(a, b);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** Words come before numbers: `*` is before every digit. */
function compareWords(one: string, other: string): number {
  const a = one.startsWith('*');
  const b = other.startsWith('*');
  if (a !== b) return a ? -1 : 1;
  return compareText(one, other);
}

/** The parts of a version of PEP 440 that specifiers ask about; null for any other text. */
export function describeVersion(text: string): {
  readonly epoch: string;
  readonly release: readonly string[];
  readonly isPre: boolean;
  readonly isPost: boolean;
  /** Without the local part. */
  readonly public: string;
} | null {
  const version = parseStandard(text);
  if (version === null) return null;
  const cut = text.trim().toLowerCase().split('+', 1)[0] ?? '';
  const { epoch, pre, post, dev } = version;
  const release = /^v?(?:\d+!)?([\d.]*\d)/.exec(cut)?.[1]?.split('.') ?? [];
  return {
    epoch,
    release,
    isPre: pre !== null || dev !== null,
    isPost: post !== null,
    public: cut,
  };
}
