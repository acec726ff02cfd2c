import { Failure, toFailure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import { parseTree } from './parser.ts';
import { type Node, SyntaxFlaw } from './syntax.ts';

/**
 * Parses text to a syntax tree. Length and nesting are bounded before the recursive parser reads
 * the text (G45).
 */
export function parseExpression(text: string): Result<Node> {
  if (text.length > LIMITS.policyExpressionBytesMax)
    return refuseAt(text, 0, 'the expression is too long');
  const deep = findTooDeep(text);
  if (deep !== null) return refuseAt(text, deep, 'the expression is nested too deeply');
  try {
    return ok(parseTree(text));
  } catch (thrown) {
    if (thrown instanceof SyntaxFlaw) return refuseAt(text, thrown.offset, thrown.message);
    if (thrown instanceof RangeError)
      return refuseAt(text, 0, 'the expression is nested too deeply');
    return failed(toFailure(thrown));
  }
}

/** An error of the policy, with its line and column. */
export function refuseAt(text: string, offset: number, why: string): Result<never> {
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  const line = before.length === 1 ? '' : `line ${before.length}, `;
  return failed(
    new Failure('POLICY_INVALID', `${line}column ${column}: ${why}`, 'Correct the expression.'),
  );
}

/**
 * Counts brackets, chained prefixes and conditionals outside of string literals; counting too many
 * is harmless.
 */
function findTooDeep(text: string): number | null {
  let depth = 0;
  let run = 0;
  let conditionals = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"' || char === "'") at = findLiteralEnd(text, at);
    else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    else if (char === '?') conditionals++;
    run = '!-'.includes(char) ? run + 1 : /\s/.test(char) ? run : 0;
    if (depth > LIMITS.policyExpressionDepthMax || run > LIMITS.policyExpressionDepthMax) return at;
    if (conditionals > LIMITS.policyExpressionDepthMax) return at;
  }
  return null;
}

/** The index of the closing quote. A raw literal may end earlier; then the rest counts as text. */
function findLiteralEnd(text: string, start: number): number {
  const quote = text[start] ?? '';
  const long = text.startsWith(quote.repeat(3), start);
  const close = long ? quote.repeat(3) : quote;
  const raw = /(?:^|[^A-Za-z0-9_])(?:[rR][bB]?|[bB][rR])$/.test(
    text.slice(Math.max(0, start - 3), start),
  );
  for (let at = start + close.length; at < text.length; at++) {
    if (!raw && text[at] === '\\') at++;
    else if (text.startsWith(close, at)) return at + close.length - 1;
  }
  return text.length;
}
