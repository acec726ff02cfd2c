import { rememberParsed } from '../parse-memo.ts';
import { semverScheme } from '../semver-order.ts';
import { compareDigits, type VersionScheme } from '../version-scheme.ts';

/** A release of Go itself: `1.21rc2`, `go1.22.3`, `1.19`. */
const RELEASE = /^(?:go|v)?(\d+(?:\.\d+){0,2})(?:(alpha|beta|rc)(\d+))?$/;

/**
 * Versions of modules as golang.org/x/mod/semver orders them: Semantic Versioning with `v` before
 * it, in which a pseudo-version is a prerelease; `+incompatible` and `+dirty` count for nothing.
 * Releases of Go itself are in the same order: `1.21rc2` is before `1.21.0` (cmd/internal/gover).
 */
export const goScheme: VersionScheme = {
  name: 'go',
  compare: (one, other) => semverScheme.compare(readSemantic(one), readSemantic(other)),
};

const readSemantic = rememberParsed(toSemantic);

function toSemantic(version: string): string {
  const [, numbers, kind, number] = RELEASE.exec(version) ?? [];
  if (numbers === undefined) return version;
  const whole =
    numbers.split('.').length < 3
      ? `${numbers}${'.0'.repeat(3 - numbers.split('.').length)}`
      : numbers;
  return kind === undefined ? whole : `${whole}-${kind}.${number}`;
}

/** The language version of a go.mod: whether it is at least 1.`minor`. */
export function isAtLeast(go: string | null, minor: number): boolean {
  const found = /^1\.(\d+)(?:$|[.a-z])/.exec(go ?? '');
  // mutant go-without-a-version-is-old by go-tree: condition -> false
  if (found === null) return /^[2-9]/.test(go ?? '');
  return compareDigits(found[1] ?? '0', String(minor)) >= 0;
}
