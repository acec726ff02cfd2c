import { LIMITS } from '../../../core/limits.ts';
import {
  compareDigits,
  compareText,
  isDigit,
  takeRun,
  type VersionScheme,
} from '../version-scheme.ts';

/** An rpm version in its three parts (rpm-version(7)); a missing epoch is 0. */
interface RpmVersion {
  readonly epoch: string;
  readonly version: string;
  /** With the hyphen before it; empty where there is none. */
  readonly release: string;
}

/** rpm-version(7): epoch, version and release, each part as rpmvercmp() orders it. */
export const rpmScheme: VersionScheme = {
  name: 'rpm',
  compare(one, other) {
    const a = parseRpmVersion(one);
    const b = parseRpmVersion(other);
    if (a === null || b === null) return null;
    return (
      compareDigits(a.epoch, b.epoch) ||
      comparePart(a.version, b.version) ||
      comparePart(a.release, b.release)
    );
  },
};

/** Null for an empty or over-long text. Only digits before a colon are an epoch. */
function parseRpmVersion(text: string): RpmVersion | null {
  if (text === '' || text.length > LIMITS.versionBytesMax) return null;
  const [, epoch = '0', rest = ''] = /^(?:([0-9]*):)?([\s\S]*)$/.exec(text) ?? [];
  const hyphen = rest.indexOf('-');
  const version = hyphen === -1 ? rest : rest.slice(0, hyphen);
  return { epoch, version, release: hyphen === -1 ? '' : rest.slice(hyphen) };
}

/**
 * Runs of digits and runs of letters in turn; all else only separates them. A tilde is before
 * everything, the end included; a caret is after the end and before everything else.
 */
function comparePart(one: string, other: string): number {
  if (one === '' || other === '') return Number(one !== '') - Number(other !== '');
  let a = 0;
  let b = 0;
  for (;;) {
    a = skipSeparators(one, a);
    b = skipSeparators(other, b);
    const [tildeA, tildeB] = [one.charAt(a) === '~', other.charAt(b) === '~'];
    if (tildeA !== tildeB) return tildeA ? -1 : 1;
    const [caretA, caretB] = [one.charAt(a) === '^', other.charAt(b) === '^'];
    if (caretA !== caretB)
      return compareCaret(caretA, caretA ? b === other.length : a === one.length);
    if (tildeA || caretA) {
      a++;
      b++;
      continue;
    }
    if (a === one.length || b === other.length) break;
    const belongs = isDigit(one.charCodeAt(a)) ? isDigit : isLetter;
    const runA = takeRun(one, a, belongs);
    const runB = takeRun(other, b, belongs);
    // A number is newer than letters.
    if (runB === '') return belongs === isDigit ? 1 : -1;
    const order = belongs === isDigit ? compareDigits(runA, runB) : compareText(runA, runB);
    if (order !== 0) return order;
    a += runA.length;
    b += runB.length;
  }
  return Math.sign(one.length - a - (other.length - b));
}

function compareCaret(isFirst: boolean, isOtherAtEnd: boolean): number {
  return isFirst === isOtherAtEnd ? 1 : -1;
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSeparator(text.charCodeAt(at))) at++;
  return at;
}

const isLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
/** 126 is the tilde, 94 the caret. */
const isSeparator = (code: number): boolean =>
  !isDigit(code) && !isLetter(code) && code !== 126 && code !== 94;
