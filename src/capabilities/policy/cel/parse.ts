import { parse } from '@bufbuild/cel';
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { failed, ok, type Result } from '../../../core/result.ts';

export type Node = Expr;

export interface ParsedExpression {
  readonly root: Node;
  /** Where a node is, in characters from the beginning. */
  readonly findOffset: (node: Node) => number;
}

/**
 * Parses text to a syntax tree. Length and nesting are bounded before the recursive parser reads
 * the text (G45).
 */
export function parseExpression(text: string): Result<ParsedExpression> {
  if (text.length > LIMITS.policyExpressionBytesMax)
    return refuseAt(text, 0, 'the expression is too long');
  const deep = findTooDeep(text);
  if (deep !== null) return refuseAt(text, deep, 'the expression is nested too deeply');
  try {
    const { expr, sourceInfo } = parse(text);
    if (expr === undefined) return refuseAt(text, 0, 'the expression is empty');
    const positions = sourceInfo?.positions ?? {};
    return ok({ root: expr, findOffset: (node) => getOwn(positions, String(node.id)) ?? 0 });
  } catch (thrown) {
    return refuseAt(text, readErrorOffset(thrown), readMessage(thrown));
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

function readErrorOffset(thrown: unknown): number {
  const location = (thrown as { location?: { start?: { offset?: unknown } } } | null)?.location;
  return typeof location?.start?.offset === 'number' ? location.start.offset : 0;
}

function readMessage(thrown: unknown): string {
  if (thrown instanceof RangeError) return 'the expression is nested too deeply';
  const raw = (thrown as { rawMessage?: unknown } | null)?.rawMessage;
  const message =
    typeof raw === 'string' ? raw : thrown instanceof Error ? thrown.message : 'syntax error';
  return message.slice(0, 200);
}
