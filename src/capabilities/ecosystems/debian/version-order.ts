import { LIMITS } from '../../../core/limits.ts';
import { compareDigits, type VersionScheme } from '../version-scheme.ts';

interface DebianVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/** Debian Policy §5.6.12: epoch, upstream version, revision. */
export const debianScheme: VersionScheme = {
  name: 'debian',
  compare(one, other) {
    const a = parseVersion(one);
    const b = parseVersion(other);
    if (a === null || b === null) return null;
    return (
      compareDigits(a.epoch, b.epoch) ||
      comparePart(a.upstream, b.upstream) ||
      comparePart(a.revision, b.revision)
    );
  },
};

function parseVersion(text: string): DebianVersion | null {
  if (text.length > LIMITS.versionBytesMax || !/^[!-~]+$/.test(text)) return null;
  const colon = text.indexOf(':');
  const epoch = colon === -1 ? '0' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (!/^\d+$/.test(epoch) || rest === '') return null;
  const hyphen = rest.lastIndexOf('-');
  const upstream = hyphen === -1 ? rest : rest.slice(0, hyphen);
  if (upstream === '') return null;
  return { epoch, upstream, revision: hyphen === -1 ? '' : rest.slice(hyphen + 1) };
}

/** Runs without digits and runs of digits in turn, as dpkg's verrevcmp reads them. */
function comparePart(one: string, other: string): number {
  let a = 0;
  let b = 0;
  while (a < one.length || b < other.length) {
    while (!isDigit(one, a) || !isDigit(other, b)) {
      const order = weighCharacter(one, a) - weighCharacter(other, b);
      if (order !== 0) return order;
      if (endsRun(one, a) && endsRun(other, b)) break;
      if (!endsRun(one, a)) a++;
      if (!endsRun(other, b)) b++;
    }
    const numberA = readDigits(one, a);
    const numberB = readDigits(other, b);
    const order = compareDigits(numberA, numberB);
    if (order !== 0) return order;
    a += numberA.length;
    b += numberB.length;
  }
  return 0;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function endsRun(text: string, at: number): boolean {
  return at >= text.length || isDigit(text, at);
}

/** The tilde before the end, the end before letters, letters before everything else. */
function weighCharacter(text: string, at: number): number {
  if (endsRun(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === 126) return -1;
  const letter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return letter ? code : code + 256;
}

function readDigits(text: string, at: number): string {
  let end = at;
  while (isDigit(text, end)) end++;
  return text.slice(at, end);
}
