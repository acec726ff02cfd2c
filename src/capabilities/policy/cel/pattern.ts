import { RE2JS } from '@bufbuild/re2';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { evaluationError } from './errors.ts';
import type { Run } from './run.ts';
import type { Value } from './value.ts';

/**
 * Takes linear time in the text: the library runs an automaton (RE2) without backtracking (G45).
 */
export type Pattern = (text: string, run: Run) => Value;

/**
 * Counted repetition multiplies the automaton, so the size of a pattern is bounded before it is
 * compiled.
 */
const EXPANDED_MAX = 2_000;

/**
 * Only a literal may be a pattern: it is compiled once here, and an invalid pattern is an error of
 * the policy.
 */
export function compilePattern(pattern: string): Result<Pattern> {
  const size = measureExpanded(pattern);
  if (pattern.length > LIMITS.policyPatternBytesMax || size > EXPANDED_MAX) {
    return fail(
      'LIMIT_EXCEEDED',
      'the pattern is too large',
      'Shorten the pattern or its repetitions.',
    );
  }
  if (test(pattern, '') === null) {
    return fail('MALFORMED', 'the pattern is not RE2 syntax', 'Write the pattern in RE2 syntax.');
  }
  const remembered = new Map<string, boolean>();
  return ok((text, run) => {
    run.step(size + Math.ceil((text.length * size) / 16));
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const found = test(pattern, text);
    if (found === null) return evaluationError('the pattern could not be matched');
    if (remembered.size < REMEMBERED_MAX && text.length <= REMEMBERED_CHARACTERS_MAX)
      remembered.set(text, found);
    return found;
  });
}

/**
 * Whether the pattern is found in the text; null if it is no pattern. The automaton is not kept: it
 * has caches that grow with the texts.
 */
function test(pattern: string, text: string): boolean | null {
  try {
    return RE2JS.compile(pattern).test(text);
  } catch {
    return null;
  }
}

/** The automaton is compiled again for every text, so short answers are cached. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED_CHARACTERS_MAX = 300;

/**
 * An upper bound of the instructions of the pattern: a counted repetition multiplies the part
 * before it.
 */
function measureExpanded(pattern: string): number {
  const outer: number[] = [];
  let total = 1;
  let atom = 0;
  for (let at = 0; at < pattern.length; at++) {
    const token = TOKEN.exec(pattern.slice(at, at + TOKEN_MAX))?.[0] ?? '';
    const counts = /^\{(\d+)(?:,(\d*))?\}$/.exec(token);
    if (counts !== null) total += atom * Math.max(Number(counts[1]), Number(counts[2] ?? 0), 1);
    else if (token === '(') {
      outer.push(total);
      total = 1;
    } else if (token === ')') {
      atom = total + 1;
      total = (outer.pop() ?? 1) + atom;
    } else {
      atom = token.startsWith('[') || token.startsWith('\\') ? 4 : 1;
      total += atom;
    }
    at += Math.max(token.length, 1) - 1;
  }
  return outer.reduce((sum, size) => sum + size, total);
}

const TOKEN_MAX = 200;
/** A repetition, a parenthesis, a class, an escape or any other character. */
const TOKEN =
  /^(?:\{\d{1,9}(?:,\d{0,9})?\}|[()]|\[\^?\]?(?:\\.|\[:[a-z^]+:\]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|[\s\S])/;
